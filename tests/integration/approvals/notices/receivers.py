"""Who receives notices in these tests: a mail server and a web server, on loopback, over real sockets."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """Speaks as much SMTP as a client of ours does; keeps what it was sent."""

    context: ssl.SSLContext | None = None
    """With it, STARTTLS is offered."""
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    recipients: list[list[str]] = field(default_factory=list[list[str]])
    encrypted: list[bool] = field(default_factory=list[bool])
    logins: list[str] = field(default_factory=list[str])
    refusals: deque[tuple[str, str]] = field(default_factory=deque[tuple[str, str]])
    """`(command, answer)`: answers to the next such commands."""
    refused: set[str] = field(default_factory=set[str])
    """Addresses that no mail is taken for."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = _Session(self, reader, writer)
        try:
            await session.run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return  # the client went away, as clients do
        finally:
            writer.close()


class _Session:
    def __init__(self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._encrypted = False
        self._recipients: list[str] = []

    async def run(self) -> None:
        await self._say("220 test ESMTP")
        while line := (await self._reader.readline()).decode().strip():
            verb = line.partition(" ")[0].upper()
            if self._server.refusals and self._server.refusals[0][0] == verb:
                await self._say(self._server.refusals.popleft()[1])
            elif await self._answer(verb, line):
                return

    async def _answer(self, verb: str, line: str) -> bool:
        match verb:
            case "EHLO":
                offered = self._server.context is not None and not self._encrypted
                await self._say(*(["250-test", "250-STARTTLS"] if offered else ["250-test"]), "250 AUTH PLAIN")
            case "STARTTLS":
                await self._say("220 go ahead")
                await self._writer.start_tls(self._server.context or ssl.create_default_context())
                self._encrypted = True
            case "AUTH":
                self._server.logins.append(line)
                await self._say("235 welcome")
            case "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                if address in self._server.refused:
                    await self._say("550 nobody of that name")
                else:
                    self._recipients.append(address)
                    await self._say("250 ok")
            case "DATA":
                await self._say("354 go on")
                content = await self._reader.readuntil(b"\r\n.\r\n")
                self._keep(content[:-5])
                await self._say("250 ok")
            case "QUIT":
                await self._say("221 bye")
                return True
            case _:
                self._recipients = []
                await self._say("250 ok")
        return False

    def _keep(self, content: bytes) -> None:
        mail = message_from_bytes(content, policy=policy.default)
        self._server.mails.append(mail)
        self._server.recipients.append(self._recipients)
        self._server.encrypted.append(self._encrypted)

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()


@dataclass(frozen=True)
class Call:
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes


@dataclass
class WebServer:
    """Answers every POST as a test has laid down, 204 otherwise; keeps what it was sent."""

    port: int = 0
    calls: list[Call] = field(default_factory=list[Call])
    answers: deque[str] = field(default_factory=deque[str])
    """Status lines and headers of the next answers; `hold` for none until the client goes."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:-2]
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
            self.calls.append(Call(headers, await reader.readexactly(int(headers["content-length"]))))
            self.arrived.set()
            answer = self.answers.popleft() if self.answers else "204 No Content"
            if answer == "hold":
                await reader.read()
                return
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client went away, as clients do
        finally:
            writer.close()


@asynccontextmanager
async def listening(server: MailServer | WebServer) -> AsyncGenerator[None]:
    """The server at a free port of loopback."""
    listener = await asyncio.start_server(server.converse, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield
