"""What every HTTP process shares: health routes, request ids, problem details, and the server itself."""

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import structlog
import uvicorn
import uvloop
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.errors import PromptSalesError
from kernel.ids import new_id
from kernel.logs import bind, logger
from kernel.settings import Service, Settings
from kernel.tls import server_context

Check = Callable[[], Awaitable[None]]
Result = TypeVar("Result")

_REQUEST_IDS = ("request_id", "thread_id", "action_id", "subject", "tenant", "client_id")


def health_routes(service: str, checks: Mapping[str, Check], optional: Mapping[str, Check] = {}) -> list[Route]:
    """`/healthz` (the process lives) and `/readyz` (what it depends on answers, each within 3 s).

    What is optional is said there too, and leaves the process ready.
    """

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"service": service, "status": "ok"})

    async def readyz(_request: Request) -> Response:
        probed = {**checks, **optional}
        results = dict(zip(probed, await asyncio.gather(*map(_probe, probed.values())), strict=True))
        ready = all(results[name] == "ok" for name in checks)
        body = {"service": service, "status": "ready" if ready else "not ready", "checks": results}
        return JSONResponse(body, status_code=200 if ready else 503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _probe(check: Check) -> str:
    try:
        async with asyncio.timeout(3):
            await check()
    except PromptSalesError as error:
        return error.message
    except Exception as error:  # readiness reports any failure by its type
        return type(error).__name__
    return "ok"


def problem_response(error: PromptSalesError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The RFC 9457 answer for an error of the tree."""
    return JSONResponse(
        error.as_problem(), status_code=error.status, headers=headers, media_type="application/problem+json"
    )


class RequestContext:
    """ASGI middleware: trimmed headers, a request id on every log line and response, unexpected errors as a 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # RFC 9110 §5.5: space around a value is no part of it. httptools leaves it at the end.
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        request_id = _header(scope["headers"], b"x-request-id") or new_id("req")
        structlog.contextvars.unbind_contextvars(*_REQUEST_IDS)
        bind(request_id=request_id)
        started = False

        async def send_with_id(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            logger(__name__).exception("request failed", path=scope["path"])
            if started:
                raise
            await _send_failure(send_with_id, request_id)


async def _send_failure(send: Callable[[Message], Awaitable[None]], request_id: str) -> None:
    problem = {
        "type": "urn:promptsales:problem:internal",
        "title": "internal error",
        "status": 500,
        "code": "internal",
        "detail": f"Something failed here; the log has it under {request_id}.",
    }
    headers = [(b"content-type", b"application/problem+json")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem).encode()})


def _header(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str | None:
    value = next((value for key, value in headers if key == name), b"").decode("latin-1")
    return value if value.isascii() and 0 < len(value) <= 64 and value.isprintable() else None


class _Server(uvicorn.Server):
    """Uvicorn that ends by returning, so that whoever opened resources around it closes them, and soon.

    Its own signal handling raises the signal again when it is done, which would end the process there and then.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._drop_closed()  # before uvicorn closes them once more, after which asyncio cannot drop them
        dropping = asyncio.create_task(self._keep_dropping())
        try:
            await super().shutdown(sockets)
        finally:
            dropping.cancel()

    async def _keep_dropping(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self._drop_closed()

    def _drop_closed(self) -> None:
        """Drop connections that are closed on our side: TLS waits for the peer to confirm, an idle peer never does."""
        for connection in list(self.server_state.connections):
            transport = cast("asyncio.Transport | None", getattr(connection, "transport", None))
            if transport and transport.is_closing():
                with contextlib.suppress(AttributeError):  # closed twice, a transport of asyncio has no buffer any more
                    if not transport.get_write_buffer_size():
                        transport.abort()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a process's main coroutine, on uvloop; uvicorn's own choice of a loop counts only when it starts the loop."""
    return uvloop.run(main)


async def serve_app(app: ASGIApp, settings: Settings, service: Service) -> None:
    """Serve an ASGI app on the service's loopback port until SIGINT or SIGTERM.

    With a certificate in the settings that is TLS 1.3 only; raises UnusableCertificate for one that clients refuse.
    """
    context = server_context(settings, service)
    config = uvicorn.Config(
        RequestContext(app),
        host="127.0.0.1",
        port=settings.port(service),
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        ssl_context_factory=(lambda _config, _default: context) if context else None,
    )
    await _Server(config).serve()
