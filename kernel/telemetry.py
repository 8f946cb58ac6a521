"""OpenTelemetry hooks: spans go wherever the process's tracer provider sends them, nowhere by default."""

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, StatusCode

_tracer = trace.get_tracer("promptsales")


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Generator[Span]:
    """A span around a block; an exception marks it as an error and goes on."""
    with _tracer.start_as_current_span(name, attributes=attributes) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR, type(error).__name__)
            raise
