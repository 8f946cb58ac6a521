import hashlib

import pytest

from identity import opaque
from kernel.ids import new_id
from tests.integration.identity.people.conftest import Person, Site, hidden

NEW = "four unrelated garden stones"


async def invite(site: Site, tenant: str, email: str, *, subject: str | None = None, language: str = "en") -> str:
    """The secret of an invitation, as its link carries it."""
    secret = opaque.make("psi", tenant)
    await site.admin.execute(
        """
        INSERT INTO identity.invitations
            (tenant, id, secret_hash, email, roles, language, invited_by, expires_at, subject)
        VALUES (%s, %s, %s, %s, '{marketer,reviewer}', %s, 'user:admin', now() + interval '1 day', %s)
        """,
        (tenant, new_id("inv"), hashlib.sha256(secret.encode()).digest(), email, language, subject),
    )
    return secret


async def test_somebody_invited_joins_once_and_signs_in(site: Site) -> None:
    tenant, email = await site.tenant("Northern Lights"), f"{new_id('p')}@people.example"
    secret = await invite(site, tenant, email)
    browser = site.browser()
    page = await browser.http.get("/invitation", params={"token": secret})
    assert all(said in page.text for said in ("Northern Lights", email, "marketer, reviewer"))

    answer = await browser.send(page, "/invitation", display_name="  Grace   Example ", new_password=NEW, repeated=NEW)

    assert answer.status_code == 303
    assert "You can sign in now." in (await browser.get(answer.headers["location"])).text
    assert (await browser.sign_in(email, NEW)).status_code == 303
    assert "Grace Example" in (await browser.get("/account")).text
    again = await site.browser().http.get("/invitation", params={"token": secret})
    assert again.status_code == 409
    assert "was used, revoked or has expired" in again.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"display_name": " "}, "Give your name"),
        ({"display_name": "x" * 101}, "Give your name"),
        ({"display_name": "Grace\u202eelpmaxE"}, "Give your name"),
        ({"repeated": "another one altogether"}, "differ"),
        ({"new_password": "short", "repeated": "short"}, "fewer than 12"),
        ({"new_password": "promptsales2026", "repeated": "promptsales2026"}, "easy to guess"),
    ],
)
async def test_a_form_that_does_not_fit_leaves_the_invitation_open(
    site: Site, fields: dict[str, str], said: str
) -> None:
    secret = await invite(site, await site.tenant(), f"{new_id('p')}@people.example")
    browser = site.browser()
    page = await browser.http.get("/invitation", params={"token": secret})
    good = {"display_name": "Grace Example", "new_password": NEW, "repeated": NEW}

    answer = await browser.send(page, "/invitation", **(good | fields))

    assert answer.status_code == 422
    assert said in answer.text
    assert (await browser.send(page, "/invitation", **good)).status_code == 303


@pytest.mark.parametrize("token", ["", "psi_acme." + "x" * 43, "pss_acme." + "x" * 43, "<script>", "x" * 5000])
async def test_a_link_that_was_never_given_out_opens_nothing(site: Site, token: str) -> None:
    answer = await site.browser().http.get("/invitation", params={"token": token})

    assert answer.status_code == 409
    assert "<script>" not in answer.text


async def test_a_new_password_by_link_ends_what_the_old_one_opened(site: Site) -> None:
    browser, person = await site.signed_in()
    family = await site.family(person, browser)
    secret = await invite(site, person.tenant, person.email, subject=person.subject, language="es")
    fresh = site.browser()
    page = await fresh.http.get("/invitation", params={"token": secret})
    assert "Ponga una contraseña nueva" in page.text
    assert 'name="display_name"' not in page.text

    answer = await fresh.send(page, "/invitation", new_password=NEW, repeated=NEW)

    assert answer.status_code == 303
    assert person.email not in (await browser.get("/account")).text
    assert await site.why_revoked(family) is not None
    changed = Person(person.tenant, person.subject, person.email, NEW)
    assert (await site.browser().sign_in(changed.email, changed.password)).status_code == 303


async def test_an_invitation_is_accepted_only_from_its_own_page(site: Site) -> None:
    secret = await invite(site, await site.tenant(), f"{new_id('p')}@people.example")
    browser, stranger = site.browser(), site.browser()
    page = await browser.http.get("/invitation", params={"token": secret})
    good = hidden(page, "/invitation") | {"display_name": "Grace Example", "new_password": NEW, "repeated": NEW}

    assert (await stranger.post("/invitation", good)).status_code == 403
    assert (await browser.post("/invitation", good, sec_fetch_site="cross-site")).status_code == 403
    assert (await browser.post("/invitation", good)).status_code == 303
