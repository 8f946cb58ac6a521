"""A member of a small system: `python -m tests.integration.stack.stand_in SERVICE` is ready at its port."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import cast

from kernel.settings import Service, Settings


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", Settings().port(cast("Service", sys.argv[1]))), Ready).serve_forever()
