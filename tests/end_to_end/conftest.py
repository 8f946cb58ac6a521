"""One system for all end-to-end tests of a worker, and a host of OAuth client metadata that it may fetch from."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cli.certificate import issue
from tests.end_to_end.system import System
from tests.support.browser import REDIRECT_URI


@dataclass
class MetadataHost:
    """Serves one application's metadata document over HTTPS."""

    certificates: Path
    _server: ThreadingHTTPServer = field(init=False)
    served: int = 0

    def __post_init__(self) -> None:
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.served += 1
                body = json.dumps(host.document).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        issued = issue(self.certificates)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.environment["PROMPTSALES_TLS_CERT"], issued.environment["PROMPTSALES_TLS_KEY"])
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.authority = issued.environment["PROMPTSALES_TLS_CA"]

    @property
    def address(self) -> str:
        return f"localhost:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The client_id."""
        return f"https://{self.address}/desk/oauth-client"

    @property
    def document(self) -> dict[str, object]:
        return {
            "client_id": self.url,
            "client_name": "Desk",
            "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="metadata host").start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def metadata_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MetadataHost]:
    host = MetadataHost(tmp_path_factory.mktemp("metadata"))
    host.start()
    yield host
    host.stop()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory, metadata_host: MetadataHost) -> Iterator[System]:
    trusting = {
        "PROMPTSALES_CLIENT_METADATA_HOSTS": json.dumps([metadata_host.address]),
        "PROMPTSALES_CLIENT_METADATA_CA": metadata_host.authority,
    }
    running = System(tmp_path_factory.mktemp("system"), environment=trusting)
    running.start("--no-brief")
    yield running
    assert running.stop() == 0
