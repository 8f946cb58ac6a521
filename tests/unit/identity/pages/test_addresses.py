from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from identity.pages.addresses import AddressUnusable, destination, local_return, shown_name

HERE = "https://id.promptsales.example"
_PIECES = st.sampled_from(
    [
        "/",
        "//",
        "\\",
        "/oauth/authorize",
        "/account",
        "?",
        "#",
        "@",
        ":",
        "https:",
        "javascript:",
        "evil.example",
        "..",
        "%2f",
        "\t",
        "\n",
        " ",
        "a",
        "é",
    ]
)


@given(st.lists(_PIECES, max_size=8).map("".join) | st.text())
@example("/account/../..//evil.example")
@example("/\t/evil.example")
@example("/oauth/authorize/../../evil")
@example("https:/account")
@example("//evil.example/account")
@example("http://[/account")
@example("/account?\\")
def test_no_return_address_leaves_this_server(path: str) -> None:
    back = local_return(path)

    lead = urlsplit(urljoin(HERE, back))
    assert (lead.scheme, lead.netloc) == ("https", "id.promptsales.example")
    assert lead.path in {"/account", "/oauth/authorize"}
    assert back.isascii()
    assert back.isprintable()
    assert "\\" not in back


@pytest.mark.parametrize("path", ["/account", "/account?done=x", "/oauth/authorize?a=b&redirect_uri=https%3A%2F%2Fx"])
def test_a_local_return_address_stays_as_it_is(path: str) -> None:
    assert local_return(path) == path


@pytest.mark.parametrize(
    "path", ["", "/accounts", "/account/x", "/", "/v1/users", "/sign-out", "account", f"/account?{'x' * 9000}"]
)
def test_any_other_address_leads_to_the_account(path: str) -> None:
    assert local_return(path) == "/account"


@pytest.mark.parametrize(
    ("uri", "place", "name", "form_action"),
    [
        ("https://tide.example/cb?x=1", "site", "tide.example", "https://tide.example"),
        ("https://Tide.Example:443/cb", "site", "tide.example", "https://tide.example"),
        ("https://tide.example:8443/cb", "site", "tide.example:8443", "https://tide.example:8443"),
        ("https://good.example@evil.example/", "site", "evil.example", "https://evil.example"),
        ("https://bücher.example/", "site", "xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://127.0.0.1:51004/callback", "computer", "127.0.0.1:51004", "http://127.0.0.1:51004"),
        ("http://localhost/callback", "computer", "localhost", "http://localhost"),
        ("http://[::1]:51004/callback", "computer", "[::1]:51004", "http:"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "app", "cursor", "cursor:"),
        ("com.example.app:/callback", "app", "com.example.app", "com.example.app:"),
    ],
)
def test_a_destination_is_named_as_the_browser_understands_it(
    uri: str, place: str, name: str, form_action: str
) -> None:
    leads = destination(uri)

    assert (leads.place, leads.name, leads.form_action) == (place, name, form_action)


@given(st.text() | st.text().map("https://{}".format) | st.text().map("x{}://y".format))
@example("http://127.0.0.1:99999/")
@example("https://a;script-src *;/")
@example("https://a b/")
@example("https://")
@example("http://[")
def test_a_destination_adds_nothing_else_to_a_policy(uri: str) -> None:
    try:
        leads = destination(uri)
    except AddressUnusable:
        return
    assert not set(leads.form_action) & set(" ;,'\"\r\n\t*")
    assert leads.form_action.isascii()


@given(st.text())
def test_a_shown_name_has_nothing_invisible(name: str) -> None:
    shown = shown_name(name)

    assert len(shown) <= 81
    assert all(character.isprintable() for character in shown)


def test_characters_that_turn_the_writing_around_are_spelled_out() -> None:
    assert shown_name("Tide\u202e\u200bx\n y\x00") == "Tide‹U+202E›‹U+200B›x y‹U+0000›"
