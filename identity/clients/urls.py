"""Reading the two kinds of address a client gives: where its document is, and where people are sent back to.

Both are read by strict patterns. A lenient parser would accept what another one, further on, reads differently.
"""

import re
from dataclasses import dataclass

from identity.clients.errors import ClientUrlRefused, RedirectRefused

MAX_URL = 500
"""Characters."""
APP_SCHEMES = frozenset({"claude", "cursor", "vscode", "vscode-insiders", "windsurf", "zed"})
"""Schemes without a dot that well-known MCP clients claim; RFC 8252 section 7.1 asks for a reversed domain name."""

_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
_PATH = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})"
_DOCUMENT = re.compile(
    rf"https://(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?(?P<path>/{_PATH}*)(?P<query>\?(?:{_PATH}|\?)*)?"
)
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DOT_SEGMENT = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)

_REDIRECT = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(?P<rest>[A-Za-z0-9\-._~:/?@!$&'()+,;=%\[\]]+)")
_AUTHORITY = re.compile(r"//(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<path>[/?].*)?")
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost"})


@dataclass(frozen=True, slots=True)
class DocumentUrl:
    """A Client Identifier URL: exactly as the client wrote it, and its parts."""

    text: str
    host: str
    port: int
    target: str
    """Path and query, as sent."""
    origin_host: str
    """Host with the port, if one is written."""


def is_url(client_id: str) -> bool:
    """Whether a client_id is meant to be the address of a metadata document."""
    return client_id.startswith(("https:", "http:"))


def document_url(text: str, allowed: frozenset[str] = frozenset()) -> DocumentUrl:
    """Read a Client Identifier URL; `allowed` holds `host:port` of hosts an operator vouches for.

    Raises ClientUrlRefused for one that is not https, has userinfo, a fragment, dot segments or no path, names an IP
    address in any spelling, or a port other than 443.
    """
    found = _DOCUMENT.fullmatch(text) if len(text) <= MAX_URL else None
    if found is None:
        raise _refused("is not an https URL with a lower-case host name and a path, without userinfo or fragment")
    host, port, path = found["host"], int(found["port"] or 443), found["path"]
    if path == "/":
        raise _refused("has no path")
    if any(_DOT_SEGMENT.fullmatch(segment) for segment in path.split("/")):
        raise _refused("has dot segments in its path")
    if f"{host}:{port}" not in allowed:
        if port != 443:
            raise _refused("names a port other than 443")
        if len(host) > 253 or _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
            raise _refused("names an IP address instead of a host")
    origin_host = host + (f":{found['port']}" if found["port"] else "")
    return DocumentUrl(text, host, port, path + (found["query"] or ""), origin_host)


def checked_redirect(uri: str) -> str:
    """The redirect address itself; raises RedirectRefused unless a browser may safely be sent there.

    Allowed are https, http on loopback, and private-use schemes: a reversed domain name, or one of APP_SCHEMES.
    """
    found = _REDIRECT.fullmatch(uri) if len(uri) <= MAX_URL else None
    if found is None:
        raise _redirect_refused(
            uri, f"It is not an absolute address of at most {MAX_URL} plain characters without fragment or wildcard."
        )
    scheme, rest = found["scheme"], found["rest"]
    if scheme in {"https", "http"}:
        _check_authority(uri, scheme, rest)
    elif "." not in scheme and scheme not in APP_SCHEMES:  # javascript, data, file and all that a browser runs itself
        raise _redirect_refused(
            uri, f"The scheme {scheme} is none of an application.", "Use https, http on loopback, or com.example.app:/…"
        )
    return uri


def _check_authority(uri: str, scheme: str, rest: str) -> None:
    found = _AUTHORITY.fullmatch(rest)
    if found is None or int(found["port"] or 0) > 65535:
        raise _redirect_refused(uri, "It has no plain host and port.")
    if scheme == "http" and found["host"] not in _LOOPBACK_HOSTS:
        raise _redirect_refused(uri, "http is for loopback alone.", "Use https, or http://127.0.0.1/….")
    path = (found["path"] or "").partition("?")[0]
    if any(_DOT_SEGMENT.fullmatch(segment) for segment in path.split("/")):
        raise _redirect_refused(uri, "It has dot segments in its path.")


def _refused(reason: str) -> ClientUrlRefused:
    return ClientUrlRefused(
        f"The client_id {reason}.", field="client_id", fix="Use https://<host>/<path of the client's document>."
    )


def _redirect_refused(uri: str, reason: str, fix: str | None = None) -> RedirectRefused:
    shown = "".join(character if " " < character <= "~" else "?" for character in uri[:80])
    return RedirectRefused(f"The redirect address {shown} is refused. {reason}", field="redirect_uris", fix=fix)
