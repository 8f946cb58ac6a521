"""The proxy in front of a server that the conformance suite is pointed at."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from tests.conformance.proxy import TokenProxy, free_socket, serving

ADDED = b"Authorization: Bearer t0ken\r\n"


class Recorder:
    """A server that keeps what it is sent, up to an end mark, and then answers."""

    def __init__(self, end: bytes, answers: tuple[bytes, ...]) -> None:
        self.received = b""
        self.may_go_on = asyncio.Event()
        self._end = end
        self._answers = answers

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            self.received = await reader.readuntil(self._end)
            for answer in self._answers:
                writer.write(answer)
                await writer.drain()
                await self.may_go_on.wait()


@asynccontextmanager
async def proxied(recorder: Recorder) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the recorder through a proxy."""
    upstream = free_socket()
    port: int = upstream.getsockname()[1]
    async with await asyncio.start_server(recorder, sock=upstream):
        async with serving(TokenProxy(port, "t0ken"), free_socket()) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
            with closing(writer):
                yield reader, writer
        recorder.may_go_on.set()


async def test_a_request_arrives_byte_for_byte_with_the_token_added() -> None:
    head = b"POST /mcp HTTP/1.1\r\n"
    rest = b"Host: evil.example.com\r\nMcp-Name:   spaced  \r\nContent-Length: 4\r\n\r\n{}\r\n"
    recorder = Recorder(b"{}\r\n", (b"HTTP/1.1 403 Forbidden\r\n\r\n",))

    async with proxied(recorder) as (reader, writer):
        writer.write(head + rest)
        answer = await reader.readuntil(b"\r\n\r\n")

    assert recorder.received == head + ADDED + rest
    assert answer == b"HTTP/1.1 403 Forbidden\r\n\r\n"


async def test_every_request_of_a_connection_gets_the_token() -> None:
    chunked = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n"
    second = b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n"
    recorder = Recorder(b"Host: h\r\n\r\n", (b"done\r\n",))

    async with proxied(recorder) as (reader, writer):
        writer.write(chunked + second)
        await reader.readuntil(b"\r\n")

    assert recorder.received == b"".join(
        line + (ADDED if line.endswith(b"HTTP/1.1\r\n") else b"")
        for line in (chunked + second).splitlines(keepends=True)
    )


async def test_an_answer_streams_before_it_is_complete() -> None:
    recorder = Recorder(b"\r\n\r\n", (b"data: 1\n\n", b"data: 2\n\n"))

    async with proxied(recorder) as (reader, writer):
        writer.write(b"GET /mcp HTTP/1.1\r\n\r\n")
        first = await reader.readuntil(b"\n\n")
        recorder.may_go_on.set()
        second = await reader.readuntil(b"\n\n")

    assert (first, second) == (b"data: 1\n\n", b"data: 2\n\n")


async def test_a_connection_ends_for_the_client_when_the_server_ends_it() -> None:
    recorder = Recorder(b"\r\n\r\n", ())

    async with proxied(recorder) as (reader, writer):
        writer.write(b"GET /mcp HTTP/1.1\r\n\r\n")
        rest = await reader.read()

    assert rest == b""
