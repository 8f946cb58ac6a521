"""How a question becomes a MetricQuery: the embedded reader, and a language model for what it does not understand."""

from mcp_servers.analytics.interpreters.embedded import EmbeddedInterpreter
from mcp_servers.analytics.interpreters.port import Interpretation, Interpreter
from mcp_servers.analytics.interpreters.with_model import InterpreterWithModel

__all__ = ["EmbeddedInterpreter", "Interpretation", "Interpreter", "InterpreterWithModel"]
