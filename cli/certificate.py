"""`promptsales certificate`: an authority for development, and a server certificate that it signed.

The authority is made once and kept, so that clients trust it once; certificates are replaced with `--force`.
"""

import ipaddress
import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cli.errors import WrongUsage
from cli.output import emit, say, show_text
from kernel.errors import Conflict
from kernel.settings import get_settings

LONGEST_DAYS = 397
"""Browsers refuse server certificates that live longer than 398 days."""
_AUTHORITY_DAYS = 1095
_SLACK = timedelta(minutes=5)
_LOCAL = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class CertificateExists(Conflict):
    """There is a certificate already."""


class UnusableAuthority(Conflict):
    """The authority that was made earlier cannot sign any more."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Where everything lies, and how long the server certificate is valid."""

    directory: Path
    hosts: tuple[str, ...]
    expires_at: datetime
    new_authority: bool

    @property
    def authority(self) -> Path:
        return self.directory / "ca.pem"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make every process use it."""
        return {
            "PROMPTSALES_TLS_CERT": str(self.directory / "server.pem"),
            "PROMPTSALES_TLS_KEY": str(self.directory / "server-key.pem"),
            "PROMPTSALES_TLS_CA": str(self.authority),
        }


@dataclass(frozen=True, slots=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificate(directory: Path | None, *, hosts: Sequence[str], days: int, force: bool, as_json: bool) -> None:
    """Make it, in the data directory unless told otherwise, and print the environment that uses it."""
    place = directory or get_settings().data_dir / "tls"
    issued = issue(place.absolute(), hosts=hosts, days=days, force=force)
    if as_json:
        emit(
            {
                "directory": str(issued.directory),
                "hosts": list(issued.hosts),
                "expires_at": issued.expires_at.isoformat(),
                "new_authority": issued.new_authority,
                "environment": issued.environment,
            }
        )
        return
    for name, path in issued.environment.items():
        show_text(f"export {name}={shlex.quote(path)}")
    say(f"It covers {', '.join(issued.hosts)} until {issued.expires_at:%Y-%m-%d}. For development only.")
    say("Set these three variables in every terminal, before promptsales up; then every address is https.")
    authority = shlex.quote(str(issued.authority))
    say(f"Other clients must trust the authority. Node: export NODE_EXTRA_CA_CERTS={authority}")
    say(f"curl: --cacert {authority}. A browser: import that file as an authority.")


def issue(
    directory: Path,
    *,
    hosts: Sequence[str] = (),
    days: int = LONGEST_DAYS,
    force: bool = False,
    now: datetime | None = None,
) -> Issued:
    """Write `ca.pem`, `ca-key.pem`, `server.pem` and `server-key.pem`; keys are readable by their owner alone.

    Raises CertificateExists without `force` when there is a server certificate, UnusableAuthority when the authority
    there is has expired or lost its key and `force` does not allow a new one, WrongUsage for a host that is none.
    """
    begin = (now or datetime.now(UTC)).replace(microsecond=0) - _SLACK
    names = tuple(dict.fromkeys((*_LOCAL, *(host.strip().lower() for host in hosts))))
    alternatives = [alternative_name(name) for name in names]
    served = [directory / "server.pem", directory / "server-key.pem"]
    present = [path for path in served if path.exists()]
    if present and not force:
        raise CertificateExists(f"{present[0]} exists.", fix="Replace it with --force, or choose another --directory.")
    _make_private(directory)
    authority, is_new = _authority(directory, begin, force=force)
    until = min(begin + timedelta(days=days), authority.certificate.not_valid_after_utc)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _server(authority, key, alternatives, begin, until)
    _write(served[1], _pem(key), 0o600)
    _write(served[0], certificate.public_bytes(Encoding.PEM), 0o644)
    return Issued(directory, names, until, is_new)


def alternative_name(host: str) -> x509.GeneralName:
    """What a certificate says of a host; raises WrongUsage for what is neither a name nor an address."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if len(host) > 253 or not _NAME.fullmatch(host):
            raise WrongUsage(
                f"{host!r} is neither a host name nor an address.", field="host", fix="Write such as: --host shop.test"
            ) from None
        return x509.DNSName(host)


def _authority(directory: Path, begin: datetime, *, force: bool) -> tuple[_Authority, bool]:
    """The authority that is kept there, or a new one; and whether it is new."""
    certificate, key = directory / "ca.pem", directory / "ca-key.pem"
    kept = _kept(certificate, key, begin)
    if kept:
        return kept, False
    if not force and (certificate.exists() or key.exists()):
        raise UnusableAuthority(
            f"{certificate} has expired, is damaged, or its key is not {key}.",
            fix="Make a new authority with --force; whoever trusted the old one must trust the new one.",
        )
    made = _new_authority(begin)
    _write(key, _pem(made.key), 0o600)
    _write(certificate, made.certificate.public_bytes(Encoding.PEM), 0o644)
    return made, True


def _kept(certificate: Path, key: Path, begin: datetime) -> _Authority | None:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    except OSError as error:
        raise WrongUsage(f"{error.filename} cannot be read ({error.strerror}).", field="directory") from error
    usable = (
        isinstance(private, ec.EllipticCurvePrivateKey)
        and private.public_key() == found.public_key()
        and found.not_valid_before_utc <= begin + _SLACK
        and begin + timedelta(days=1) < found.not_valid_after_utc
    )
    return _Authority(found, private) if usable and isinstance(private, ec.EllipticCurvePrivateKey) else None


def _new_authority(begin: datetime) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("PromptSales development authority")
    until = begin + timedelta(days=_AUTHORITY_DAYS)
    certificate = (
        _builder(name, name, key.public_key(), begin, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _Authority(certificate, key)


def _server(
    authority: _Authority,
    key: ec.EllipticCurvePrivateKey,
    alternatives: Sequence[x509.GeneralName],
    begin: datetime,
    until: datetime,
) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    return (
        _builder(_name("PromptSales development"), authority.certificate.subject, key.public_key(), begin, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begin: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _make_private(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUsage(f"{directory} cannot be made ({error.strerror}).", field="directory") from error


def _write(path: Path, content: bytes, mode: int) -> None:
    """Replace a file in one step; nobody else can read it at any time unless `mode` says so."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.replace(path)
    except OSError as error:
        raise WrongUsage(f"{path} cannot be written ({error.strerror}).", field="directory") from error
