"""TLS 1.3 between the system's own processes, and nothing older: how they serve, and how they call each other."""

import contextlib
import ssl
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Never
from urllib.parse import urlsplit

import httpx2

from kernel.settings import NotConfigured, Service, Settings

_CERTIFICATE, _KEY, _AUTHORITY = "PROMPTSALES_TLS_CERT", "PROMPTSALES_TLS_KEY", "PROMPTSALES_TLS_CA"
_NOT_YET_VALID, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64  # X509_V_ERR_… of OpenSSL
_UNTRUSTED = {18, 19, 20, 21}
_DEFAULT_TIMEOUT = httpx2.Timeout(5)
_DEFAULT_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20)


class UnusableCertificate(NotConfigured):
    """The certificate, its key or the authorities cannot be used as they are."""

    def __init__(self, setting: str, message: str, fix: str) -> None:
        super().__init__(message, field=setting.removeprefix("PROMPTSALES_").lower(), fix=fix)


def service_http(
    settings: Settings,
    *,
    timeout: httpx2.Timeout | float = _DEFAULT_TIMEOUT,
    limits: httpx2.Limits = _DEFAULT_LIMITS,
    headers: Mapping[str, str] | None = None,
) -> httpx2.AsyncClient:
    """A client for calls between services: TLS 1.3 wherever a URL says https, no proxies from the environment.

    Not for the outside world, which may speak older versions. Whoever asks for it closes it.
    """
    context = client_context(settings.tls_ca)
    return httpx2.AsyncClient(verify=context, trust_env=False, timeout=timeout, limits=limits, headers=headers)


@lru_cache(maxsize=8)
def client_context(authorities: Path | None) -> ssl.SSLContext:
    """Trusts the system's authorities and those of a PEM file. Read once a process."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if authorities is not None:
        _require_pem(_AUTHORITY, authorities, "CERTIFICATE")
        try:
            context.load_verify_locations(authorities)
        except ssl.SSLError as error:
            raise _unusable(_AUTHORITY, authorities, _reason(error)) from error
    return context


def server_context(settings: Settings, service: Service) -> ssl.SSLContext | None:
    """What a service serves with; None without TLS.

    Raises UnusableCertificate unless a client of ours that calls the service's URL accepts the certificate.
    """
    if settings.scheme == "http" or settings.tls_cert is None or settings.tls_key is None:
        return None
    context = _serving(settings.tls_cert, settings.tls_key)
    url = urlsplit(settings.url(service))
    if url.scheme == "https" and url.hostname:
        _prove(context, client_context(settings.tls_ca), url.hostname, settings.tls_cert)
    return context


def _serving(certificate: Path, key: Path) -> ssl.SSLContext:
    _require_pem(_CERTIFICATE, certificate, "CERTIFICATE")
    _require_pem(_KEY, key, "PRIVATE KEY")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])

    def refuse_passphrase() -> Never:
        raise _unusable(_KEY, key, "it needs a passphrase", fix="Use a key without one, readable by its owner alone.")

    try:
        context.load_cert_chain(certificate, key, refuse_passphrase)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            message = f"{_KEY} ({key}) is not the key of {_CERTIFICATE} ({certificate})."
            raise UnusableCertificate(_KEY, message, "Name a certificate and a key that belong together.") from error
        message = f"{_CERTIFICATE} ({certificate}) and {_KEY} ({key}) cannot be loaded: {_reason(error)}."
        raise UnusableCertificate(_CERTIFICATE, message, "Make a pair with: promptsales certificate") from error
    return context


def _prove(server: ssl.SSLContext, client: ssl.SSLContext, host: str, certificate: Path) -> None:
    """Shake hands in memory: whatever a client would refuse, it refuses here, when the process starts."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    calling = client.wrap_bio(to_client, to_server, server_hostname=host)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    try:
        for side in (calling, answering, calling):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLCertVerificationError as error:
        raise _refused(error, host, certificate) from error
    except ssl.SSLError as error:
        raise _unusable(_CERTIFICATE, certificate, _reason(error)) from error


def _refused(error: ssl.SSLCertVerificationError, host: str, certificate: Path) -> UnusableCertificate:
    match error.verify_code:
        case code if code in _UNTRUSTED:
            return UnusableCertificate(
                _AUTHORITY,
                f"No authority that is trusted here signed {_CERTIFICATE} ({certificate}).",
                f"Set {_AUTHORITY} to the certificate of the authority that did.",
            )
        case code if code in {_OTHER_NAME, _OTHER_ADDRESS}:
            why, fix = f"it does not cover {host}", f"promptsales certificate --host {host} --force"
            return _unusable(_CERTIFICATE, certificate, why, fix=f"Use one that does; for development: {fix}")
        case code if code in {_EXPIRED, _NOT_YET_VALID}:
            why = "it has expired" if code == _EXPIRED else "it is not valid yet"
            return _unusable(
                _CERTIFICATE, certificate, why, fix="Renew it; for development: promptsales certificate --force"
            )
        case _:
            return _unusable(_CERTIFICATE, certificate, error.verify_message)


def _require_pem(setting: str, path: Path, kind: str) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unusable(setting, path, f"it cannot be read ({error.strerror})") from error
    if f"{kind}-----".encode() not in content:
        raise _unusable(setting, path, f"it holds no PEM block {kind}")


def _unusable(setting: str, path: Path, why: str, *, fix: str | None = None) -> UnusableCertificate:
    return UnusableCertificate(
        setting, f"{setting} ({path}) cannot be used: {why}.", fix or "Make a pair with: promptsales certificate"
    )


def _reason(error: ssl.SSLError) -> str:
    return error.reason.replace("_", " ").lower() if error.reason else "it is damaged"
