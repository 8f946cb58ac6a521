"""URLs of PostgreSQL and Redis servers of one's own, made to mean TLS 1.3 with a verified certificate.

A URL that says nothing of TLS would otherwise silently mean none. Servers on the loopback interface are left alone: the
embedded ones are built without TLS.
"""

import ssl
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from kernel.errors import Unavailable

_LOOPBACK = {None, "", "localhost", "127.0.0.1", "::1"}


class UnencryptedStore(Unavailable):
    """A store on another machine would be spoken to in the clear, though TLS is on."""


def encrypted_database_url(url: str, authorities: Path | None) -> str:
    """The URL with libpq's parameters for a verified TLS 1.3 connection, save those that it states itself."""
    parts = urlsplit(url)
    if _is_local(parts):
        return url
    return _with(
        url,
        {
            "sslmode": "verify-full",
            "sslrootcert": str(authorities) if authorities else "system",
            "ssl_min_protocol_version": "TLSv1.3",
        },
    )


def encrypted_cache_url(url: str, authorities: Path | None) -> str:
    """A `rediss` URL with redis-py's parameters for TLS 1.3, save those that it states itself.

    Raises UnencryptedStore for a `redis` URL of another machine.
    """
    parts = urlsplit(url)
    if _is_local(parts):
        return url
    if parts.scheme != "rediss":
        raise UnencryptedStore(
            f"PROMPTSALES_REDIS_URL is {parts.scheme}://…, which is not encrypted, and TLS is on.",
            field="redis_url",
            fix="Use rediss://, or a server on this machine.",
        )
    wanted = {"ssl_min_version": str(int(ssl.TLSVersion.TLSv1_3))}
    return _with(url, wanted | ({"ssl_ca_certs": str(authorities)} if authorities else {}))


def _is_local(parts: SplitResult) -> bool:
    stated = dict(parse_qsl(parts.query)).get("host")
    return parts.hostname in _LOOPBACK and (stated in _LOOPBACK or stated is None or stated.startswith("/"))


def _with(url: str, wanted: dict[str, str]) -> str:
    stated = urlsplit(url).query
    known = {name for name, _ in parse_qsl(stated, keep_blank_values=True)}
    missing = {name: value for name, value in wanted.items() if name not in known}
    return f"{url.rstrip('?&')}{'&' if stated else '?'}{urlencode(missing, quote_via=quote)}" if missing else url
