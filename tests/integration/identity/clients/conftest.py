"""A TLS server on loopback with a certificate of its own, that answers as a test says."""

import asyncio
import datetime
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from identity.clients.guarded_fetch import GuardedFetch
from kernel.settings import Settings

HOST = "apps.example"
"""A name no resolver knows: whoever reaches the server went to the address that was checked."""

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Seen:
    """A request as the server got it."""

    target: str
    headers: dict[str, str]
    server_name: str | None


@dataclass
class DocumentServer:
    """Serves `answer` to every request, and remembers them."""

    authority: Path
    port: int = 0
    answer: Answer | None = None
    seen: list[Seen] = field(default_factory=list[Seen])
    connections: int = 0
    server_name: str | None = None

    @property
    def origin(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def client_id(self) -> str:
        return f"{self.origin}/client.json"

    def document(self, **changes: object) -> dict[str, object]:
        """A metadata document that is good, changed as asked; None drops a member."""
        stated: dict[str, object] = {
            "client_id": self.client_id,
            "client_name": "An application",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        return {name: value for name, value in (stated | changes).items() if value is not None}

    def serve(self, document: object, **headers: str) -> None:
        """Answer 200 with a JSON document from now on."""
        self.answer = answering(200, json.dumps(document).encode(), **headers)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = [line.split(": ", 1) for line in head[1:] if line]
            headers = {name.lower(): value for name, value in pairs}
            self.seen.append(Seen(head[0].split(" ")[1], headers, self.server_name))
            assert self.answer is not None
            await self.answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client had enough
        finally:
            writer.close()


def answering(status: int, body: bytes, **headers: str) -> Answer:
    """One whole response; header names with _ for -."""
    named = {"content_type": "application/json", "content_length": str(len(body)), "connection": "close"} | headers
    lines = [
        f"HTTP/1.1 {status} Said",
        *(f"{name.replace('_', '-')}: {value}" for name, value in named.items() if value),
    ]

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return answer


@dataclass
class Resolver:
    """Answers look-ups from a list, one after the other, the last one again and again."""

    answers: Sequence[Sequence[str]] = (("127.0.0.1",),)
    asked: list[str] = field(default_factory=list[str])

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """PEM files: an authority's certificate, and a chain with key for HOST."""
    folder = tmp_path_factory.mktemp("tls")
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _signed(authority_key, "Test authority", authority_key, "Test authority", authority=True)
    leaf = _signed(key, HOST, authority_key, "Test authority", authority=False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem) + private)
    return folder / "ca.pem", folder / "leaf.pem"


def _signed(
    key: ec.EllipticCurvePrivateKey, name: str, signer: ec.EllipticCurvePrivateKey, issuer: str, *, authority: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=2))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture
async def server(certificate: tuple[Path, Path]) -> AsyncIterator[DocumentServer]:
    authority, leaf = certificate
    held = DocumentServer(authority)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(leaf)

    def remember(_socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        held.server_name = name

    context.sni_callback = remember
    listening = await asyncio.start_server(held.connected, "127.0.0.1", 0, ssl=context)
    held.port = listening.sockets[0].getsockname()[1]
    held.serve(held.document())
    async with listening:
        yield held


@pytest.fixture
def make_fetch(server: DocumentServer) -> Callable[..., GuardedFetch]:
    """A guarded fetch that an operator let reach the server, with a resolver that finds it."""

    def make(resolver: Resolver | None = None, *, seconds: float = 5, **changes: Any) -> GuardedFetch:
        chosen: dict[str, Any] = {
            "client_metadata_hosts": [f"{HOST}:{server.port}"],
            "client_metadata_ca": server.authority,
        }
        return GuardedFetch(Settings(**(chosen | changes)), resolve=resolver or Resolver(), seconds=seconds)

    return make


async def nothing_to_end(_client_id: str) -> None:
    """What a disabled client held, where no token is issued."""
