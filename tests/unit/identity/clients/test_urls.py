"""Addresses of documents and redirects, as clients write them."""

import socket
from ipaddress import IPv4Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from identity.clients.errors import ClientUrlRefused, RedirectRefused
from identity.clients.urls import checked_redirect, document_url

GOOD = "https://app.example.com/oauth/client.json"


def spellings(address: IPv4Address) -> list[str]:
    """The ways inet_aton, and so many a resolver, reads an IPv4 address."""
    whole = int(address)
    first, second, third, fourth = address.packed
    return [
        str(address),
        str(whole),
        hex(whole),
        f"0{whole:o}",
        f"{first}.{whole & 0xFFFFFF}",
        f"{first}.{second}.{whole & 0xFFFF}",
        f"0x{first:x}.{second}.{third}.{fourth}",
        f"0{first:o}.0{second:o}.0{third:o}.0{fourth:o}",
        f"0x{first:x}.0x{whole & 0xFFFFFF:x}",
    ]


def test_an_address_is_read_into_its_parts() -> None:
    url = document_url("https://app.example.com:443/a/b.json?v=1&w=%20")

    assert (url.host, url.port, url.target) == ("app.example.com", 443, "/a/b.json?v=1&w=%20")
    assert url.origin_host == "app.example.com:443"
    assert url.text == "https://app.example.com:443/a/b.json?v=1&w=%20"


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example.com/client.json",
        "HTTPS://app.example.com/client.json",
        "https://app.example.com",
        "https://app.example.com/",
        "https://app.example.com?x=/client",
        f"{GOOD}#fragment",
        f"{GOOD}#",
        "https://user@app.example.com/client.json",
        "https://user:password@app.example.com/client.json",
        "https://app.example.com@127.0.0.1/client.json",
        "https://app.example.com\\@127.0.0.1/client.json",
        "https://app.example.com/a/../client.json",
        "https://app.example.com/./client.json",
        "https://app.example.com/%2e%2E/client.json",
        "https://app.example.com/a/.%2e",
        "https://app.example.com:8443/client.json",
        "https://app.example.com:80/client.json",
        "https://app.example.com:/client.json",
        "https://app.example.com:0443x/client.json",
        "https://App.Example.com/client.json",
        "https://app.example.com./client.json",
        "https://app..example.com/client.json",
        "https://-app.example.com/client.json",
        "https://app_x.example.com/client.json",
        "https://[::1]/client.json",
        "https://[::ffff:127.0.0.1]/client.json",
        "https://[fd00:ec2::254]/client.json",
        "https://café.example/client.json",
        "https://①②⑦.⓪.⓪.①/client.json",
        "https:///client.json",
        "https:/app.example.com/client.json",
        "https://app.example.com/a b",
        "https://app.example.com/a\nHost: b",
        "https://app.example.com/a%0",
        f"https://{'a.' * 130}example/client.json",
        f"{GOOD}{'x' * 500}",
        " " + GOOD,
        GOOD + "\n",
        "",
    ],
)
def test_other_addresses_are_not_fetched(url: str) -> None:
    with pytest.raises(ClientUrlRefused) as refused:
        document_url(url)

    assert refused.value.oauth_error == "invalid_client"
    assert refused.value.field == "client_id"
    assert refused.value.fix


@given(st.ip_addresses(v=4))
def test_an_ip_address_is_refused_however_it_is_spelled(address: IPv4Address) -> None:
    for host in spellings(address):
        assert socket.inet_aton(host) == address.packed
        with pytest.raises(ClientUrlRefused):
            document_url(f"https://{host}/client.json")


@given(st.text(alphabet="0123456789abcdefx.", min_size=1, max_size=24))
@example("0x7f.1")
@example("1.0x")
def test_no_host_that_a_resolver_takes_for_an_address_is_accepted(host: str) -> None:
    try:
        socket.inet_aton(host)
    except OSError:
        return
    with pytest.raises(ClientUrlRefused):
        document_url(f"https://{host}/client.json")


def test_an_operator_may_allow_a_port_and_an_address() -> None:
    allowed = frozenset({"login.intern:8443", "10.0.0.5:443"})

    assert document_url("https://login.intern:8443/client", allowed).port == 8443
    assert document_url("https://10.0.0.5/client", allowed).host == "10.0.0.5"
    with pytest.raises(ClientUrlRefused):
        document_url("https://login.intern:8444/client", allowed)
    with pytest.raises(ClientUrlRefused):
        document_url("https://10.0.0.6/client", allowed)


@pytest.mark.parametrize(
    "uri",
    [
        "https://claude.ai/api/mcp/auth_callback",
        "https://app.example.com:8443/callback?from=promptsales",
        "https://app.example.com",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:33418/",
        "http://localhost:6274/oauth/callback",
        "http://[::1]:9000/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.example.app:/oauth/callback",
        "com.example.app://callback",
    ],
)
def test_redirects_of_applications_are_accepted_as_they_are(uri: str) -> None:
    assert checked_redirect(uri) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "blob:https://app.example.com/x",
        "about:blank",
        "ftp://app.example.com/callback",
        "ws://127.0.0.1/callback",
        "unknown://callback",
        "http://app.example.com/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://localhost.evil.example/callback",
        "http://localhost@evil.example/callback",
        "http://127.0.0.2/callback",
        "http://0.0.0.0/callback",
        "http://127.1/callback",
        "https://user@app.example.com/callback",
        "https://app.example.com:99999/callback",
        "https://app.example.com:x/callback",
        "https:///callback",
        "https:callback",
        "https://*.example.com/callback",
        "https://app.example.com/*",
        "https://app.example.com/callback#fragment",
        "https://app.example.com/callback#",
        "https://app.example.com/a/../callback",
        "https://app.example.com/%2e%2e/callback",
        "https://app.example.com/call back",
        "https://app.example.com/call\tback",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com/\"onload='x",
        "https://café.example/callback",
        "/callback",
        "//app.example.com/callback",
        "callback",
        "",
        f"https://app.example.com/{'x' * 500}",
    ],
)
def test_other_redirects_are_refused(uri: str) -> None:
    with pytest.raises(RedirectRefused) as refused:
        checked_redirect(uri)

    assert refused.value.registration_error == "invalid_redirect_uri"
    assert refused.value.field == "redirect_uris"


@given(st.text(max_size=60) | st.from_regex(r"\Ahttps://[a-z.]+/[ -~]{0,20}\Z"))
def test_what_could_break_a_header_or_a_page_is_neither_accepted_nor_repeated(uri: str) -> None:
    try:
        said = checked_redirect(uri)
    except RedirectRefused as refused:
        said = str(refused).replace("\u2026", "")

    assert said.isascii()
    assert said.isprintable()
    assert said != uri or not set(uri) & set(' "<>\\#*')
