"""Running commands in process against a stand-in for the services."""

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest

from cli.main import main
from kernel.settings import SERVICES, get_settings


@dataclass
class Services:
    """Answers every service's REST API as a test has laid down, and keeps what it was sent."""

    answers: dict[str, tuple[int, Any]] = field(default_factory=dict[str, tuple[int, Any]])
    """By method and path without query, such as `GET /v1/actions`."""
    requests: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    """Method and path with query, and the body: decoded when it is JSON."""
    tokens: set[str] = field(default_factory=set[str])


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        is_json = "json" in self.headers["Content-Type"]
        self._answer(json.loads(content) if is_json else content.decode())

    def do_PATCH(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def _answer(self, body: Any) -> None:
        services = cast("_Server", self.server).services
        services.requests.append((f"{self.command} {self.path}", body))
        services.tokens.add(self.headers["Authorization"])
        status, answer = services.answers[f"{self.command} {self.path.partition('?')[0]}"]
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class _Server(ThreadingHTTPServer):
    services: Services


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one line of JSON on standard output."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.services = Services()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    for service in SERVICES:
        monkeypatch.setenv(f"PROMPTSALES_{service.upper()}_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("PROMPTSALES_TOKEN", "the-token")
    yield server.services
    server.shutdown()
    thread.join()
    server.server_close()


class Command:
    """Runs `promptsales …`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Result:
        self._monkeypatch.setattr(sys, "argv", ["promptsales", *arguments])
        get_settings.cache_clear()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        return Result(int(ended.value.code or 0), said.out, said.err)


@pytest.fixture
def promptsales(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    yield Command(monkeypatch, capsys)
    get_settings.cache_clear()
