"""A reverse proxy that adds a bearer token to every request and changes nothing else.

The conformance suite cannot send a header of its own choice. Everything besides, Host and odd spacing included, reaches
the server byte for byte, so that it is the server's own checks that are tested; answers stream back as they come.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_CHUNK = 65_536


class TokenProxy:
    """In front of one server on loopback."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._authorization = f"Authorization: Bearer {token}\r\n".encode()
        self._connections: set[asyncio.Task[None]] = set()

    async def __call__(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(answer.close)
            server, request = await asyncio.open_connection("127.0.0.1", self._port)
            stack.callback(request.close)
            requests = asyncio.create_task(self._requests(client, request))
            answers = asyncio.create_task(_copy_all(server, answer))
            stack.callback(requests.cancel)
            stack.callback(answers.cancel)
            ended, _ = await asyncio.wait((requests, answers), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*ended, return_exceptions=True)  # a connection that was reset has ended too

    async def close(self) -> None:
        """End every connection."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _requests(self, client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await client.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            line, _, fields = head.partition(b"\r\n")
            server.write(line + b"\r\n" + self._authorization + fields)
            await _copy_body(client, server, fields)


async def _copy_body(client: asyncio.StreamReader, server: asyncio.StreamWriter, fields: bytes) -> None:
    values = {name.strip().lower(): value.strip() for name, _, value in map(_parted, fields.splitlines())}
    if b"chunked" in values.get(b"transfer-encoding", b"").lower():
        await _copy_chunks(client, server)
    else:
        await _copy(client, server, int(values.get(b"content-length", b"0")))


async def _copy_chunks(client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
    size = -1
    while size:
        line = await client.readuntil(b"\r\n")
        server.write(line)
        size = int(line.partition(b";")[0], 16)
        await _copy(client, server, size + len(b"\r\n") if size else 0)
    while (line := await client.readuntil(b"\r\n")) != b"\r\n":
        server.write(line)
    server.write(line)
    await server.drain()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, length: int) -> None:
    while length > 0 and (data := await source.read(min(length, _CHUNK))):
        target.write(data)
        await target.drain()
        length -= len(data)


async def _copy_all(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        target.write(data)
        await target.drain()


def _parted(field: bytes) -> tuple[bytes, bytes, bytes]:
    return field.partition(b":")


def free_socket() -> socket.socket:
    """A socket bound to a free loopback port, so that the port is known before anything is served on it."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind(("127.0.0.1", 0))
    return bound


@asynccontextmanager
async def serving(proxy: TokenProxy, bound: socket.socket) -> AsyncGenerator[str]:
    """Serve a proxy on a bound socket; yields its base URL."""
    server = await asyncio.start_server(proxy, sock=bound)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.close()
        await proxy.close()
