import asyncio
import re

import httpx2
import pytest
from argon2 import PasswordHasher

from identity import opaque
from identity.people.attempts import PER_ADDRESS, PER_EMAIL
from kernel.settings import Settings
from tests.integration.identity.people.conftest import PASSWORD, Browser, Person, Site, hidden, open_site

WRONG = "a loud lighthouse at noon"


async def fail(site: Site, person: Person, times: int) -> None:
    for _ in range(times):
        assert (await site.browser().sign_in(person.email, WRONG)).status_code == 403


async def lock(site: Site, person: Person) -> float | None:
    """For how many seconds the account is locked."""
    rows = await site.admin.execute(
        "SELECT extract(epoch FROM locked_until - now())::float FROM identity.users WHERE subject = %s",
        (person.subject,),
    )
    row = await rows.fetchone()
    assert row is not None
    return row[0]


async def end_lock(site: Site, person: Person) -> None:
    await site.admin.execute(
        "UPDATE identity.users SET locked_until = now() - interval '1 second' WHERE subject = %s", (person.subject,)
    )


def with_cookie(site: Site, secret: str) -> Browser:
    browser = site.browser()
    browser.http.cookies.set("promptsales-session", secret)
    return browser


def seen(answer: httpx2.Response, email: str) -> tuple[int, str, list[tuple[str, str]]]:
    """All that a guesser can see of an answer, without what they typed and what belongs to their browser."""
    text = answer.text.replace(email, "EMAIL")
    for secret in re.findall(r'name="csrf" value="([^"]+)"', text):
        text = text.replace(secret, "CSRF")
    headers = [(name, value) for name, value in answer.headers.items() if name not in {"set-cookie", "content-length"}]
    return answer.status_code, text, headers


async def test_the_right_password_signs_in_and_leads_on(site: Site) -> None:
    person = await site.person()
    browser = site.browser()

    answer = await browser.sign_in(f"  {person.email.upper()} ", return_to="/oauth/authorize?client_id=x&state=a%20b")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/oauth/authorize?client_id=x&state=a%20b"
    assert person.email in (await browser.get("/account")).text


async def test_the_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    person = await site.person()

    answer = await site.browser().sign_in(person.email)

    name, _, attributes = answer.headers["set-cookie"].partition("=")
    assert name == "promptsales-session"
    assert {part.strip().lower() for part in attributes.split(";")[1:]} == {
        "httponly",
        "samesite=lax",
        "path=/",
        "max-age=43200",
    }


async def test_whoever_fails_cannot_tell_why(site: Site) -> None:
    known, locked, disabled, without = [await site.person() for _ in range(4)]
    await fail(site, locked, 5)
    await site.admin.execute("UPDATE identity.users SET disabled_at = now() WHERE subject = %s", (disabled.subject,))
    await site.admin.execute("UPDATE identity.users SET password_hash = NULL WHERE subject = %s", (without.subject,))

    answers = [
        seen(await site.browser().sign_in(email, password), email)
        for email, password in [
            ("nobody@people.example", PASSWORD),
            ("no address", PASSWORD),
            (known.email, WRONG),
            (known.email, "x" * 2000),
            (locked.email, PASSWORD),
            (disabled.email, PASSWORD),
            (without.email, PASSWORD),
        ]
    ]

    assert answers[0][0] == 403
    assert all(answer == answers[0] for answer in answers)


async def test_an_unknown_account_costs_a_password_check(site: Site) -> None:
    await site.browser().sign_in("nobody@people.example")

    assert (site.passwords.tried, site.passwords.pretended) == (0, 1)


async def test_five_failures_lock_an_account_even_for_the_right_password(site: Site) -> None:
    person = await site.person()
    await fail(site, person, 4)
    assert await lock(site, person) is None

    await fail(site, person, 1)

    assert 30 < (await lock(site, person) or 0) <= 60
    assert (await site.browser().sign_in(person.email)).status_code == 403
    await end_lock(site, person)
    assert (await site.browser().sign_in(person.email)).status_code == 303
    await fail(site, person, 4)
    assert await lock(site, person) is None


@pytest.mark.parametrize(("before", "seconds"), [(5, 120), (6, 240), (7, 480), (8, 900), (9, 900), (2_000_000, 900)])
async def test_each_further_failure_locks_for_longer(site: Site, before: int, seconds: int) -> None:
    person = await site.person()
    await site.admin.execute(
        "UPDATE identity.users SET failed_logins = %s WHERE subject = %s", (before, person.subject)
    )

    await fail(site, person, 1)

    assert seconds - 30 < (await lock(site, person) or 0) <= seconds


async def test_failures_of_yesterday_are_forgotten(site: Site) -> None:
    person = await site.person()
    await site.admin.execute(
        "UPDATE identity.users SET failed_logins = 9, locked_until = now() - interval '25 hours' WHERE subject = %s",
        (person.subject,),
    )

    await fail(site, person, 1)

    assert await lock(site, person) is None


async def test_attempts_at_the_same_time_are_no_more_than_the_lock_allows(site: Site) -> None:
    person = await site.person()
    browsers = [site.browser(f"203.0.113.{number}") for number in range(15)]

    await asyncio.gather(*(browser.sign_in(person.email, WRONG) for browser in browsers))

    assert site.passwords.tried == 5


async def test_every_sign_in_has_a_new_secret_and_ends_the_session_before(site: Site) -> None:
    browser, person = await site.signed_in()
    first = browser.secret or ""

    await browser.sign_in(person.email)

    assert browser.secret != first
    assert person.email not in (await with_cookie(site, first).get("/account")).text


async def test_a_planted_cookie_is_never_adopted(site: Site) -> None:
    attacker, stranger = await site.signed_in()
    person = await site.person()
    for planted in (attacker.secret or "", opaque.make("pss", person.tenant)):
        browser = with_cookie(site, planted)

        answer = await browser.sign_in(person.email)

        assert answer.status_code == 303
        assert planted not in answer.headers["set-cookie"]
        left = await with_cookie(site, planted).get("/account")
        assert person.email not in left.text
        assert stranger.email not in left.text


async def test_signing_in_again_keeps_what_is_connected_until_signing_out(site: Site) -> None:
    browser, person = await site.signed_in()
    first = browser.secret
    family = await site.family(person, browser)

    await browser.sign_in(person.email)

    assert browser.secret != first
    assert await site.why_revoked(family) is None
    await browser.send(await browser.get("/account"), "/sign-out")
    assert await site.why_revoked(family) == "signed out"


async def test_a_person_of_several_organizations_chooses_one(site: Site) -> None:
    north, south = await site.tenant("Northern Lights"), await site.tenant("Southern Cross")
    person = await site.person(north)
    await site.person(south, email=person.email)
    browser = site.browser()

    choice = await browser.sign_in(person.email, return_to="/oauth/authorize?client_id=x")
    assert "Northern Lights" in choice.text
    assert "Southern Cross" in choice.text
    answer = await browser.send(choice, "/sign-in", organization=south)

    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/authorize?client_id=x")
    assert "Southern Cross" in (await browser.get("/account")).text
    again = await browser.post("/sign-in", hidden(choice, "/sign-in") | {"organization": north})
    assert again.status_code == 409


async def test_a_choice_opens_no_other_organization(site: Site) -> None:
    north, south = await site.tenant(), await site.tenant()
    person = await site.person(north)
    await site.person(south, email=person.email)
    elsewhere = await site.person()
    browser = site.browser()

    choice = await browser.sign_in(person.email)
    answer = await browser.send(choice, "/sign-in", organization=elsewhere.tenant)

    assert answer.status_code == 409
    assert browser.secret is None


async def test_organizations_are_told_to_nobody_without_the_password(site: Site) -> None:
    north, south = await site.tenant("Northern Lights"), await site.tenant("Southern Cross")
    person = await site.person(north)
    await site.person(south, email=person.email)

    answer = await site.browser().sign_in(person.email, WRONG)

    assert answer.status_code == 403
    assert "Northern Lights" not in answer.text


async def test_an_organization_can_be_named_at_once(site: Site) -> None:
    north, south = await site.tenant("Northern Lights"), await site.tenant("Southern Cross")
    person = await site.person(north)
    await site.person(south, email=person.email)
    browser = site.browser()

    assert (await browser.sign_in(person.email, organization=f" {south.upper()} ")).status_code == 303

    assert "Southern Cross" in (await browser.get("/account")).text


async def test_a_password_right_in_one_organization_locks_nothing_in_another(site: Site) -> None:
    person = await site.person()
    other = await site.person(email=person.email, password="entirely different words")

    for _ in range(7):
        assert (await site.browser().sign_in(person.email)).status_code == 303

    assert await lock(site, other) is None
    assert (await site.browser().sign_in(other.email, other.password)).status_code == 303


async def test_a_hash_of_other_parameters_is_renewed(site: Site) -> None:
    person = await site.person()
    old = PasswordHasher(time_cost=2, memory_cost=32, parallelism=1).hash(PASSWORD)
    await site.admin.execute("UPDATE identity.users SET password_hash = %s WHERE subject = %s", (old, person.subject))

    assert (await site.browser().sign_in(person.email)).status_code == 303

    rows = await site.admin.execute("SELECT password_hash FROM identity.users WHERE subject = %s", (person.subject,))
    row = await rows.fetchone()
    assert row is not None
    assert "$m=64,t=1,p=1$" in row[0]
    assert (await site.browser().sign_in(person.email)).status_code == 303


async def test_an_address_with_many_failures_has_to_wait(site: Site) -> None:
    person = await site.person()
    guesser = site.browser("198.51.100.7")
    page = await guesser.get("/sign-in")
    for number in range(PER_ADDRESS):
        answer = await guesser.send(page, "/sign-in", email=f"guess{number}@people.example", password=WRONG)
        assert answer.status_code == 403

    refused = await guesser.send(page, "/sign-in", email=person.email, password=PASSWORD)

    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert "15 minutes" in refused.text
    assert (await site.browser("198.51.100.8").sign_in(person.email)).status_code == 303


async def test_neighbours_in_an_ipv6_network_are_counted_together(site: Site) -> None:
    person = await site.person()
    for number in range(PER_ADDRESS):
        await site.browser(f"2001:db8:1:2::{number:x}").sign_in(f"guess{number}@people.example", WRONG)

    assert (await site.browser("2001:db8:1:2:ffff::1").sign_in(person.email)).status_code == 429
    assert (await site.browser("2001:db8:1:3::1").sign_in(person.email)).status_code == 303


async def test_an_email_guessed_from_everywhere_has_to_wait_known_or_not(site: Site) -> None:
    for number in range(PER_EMAIL):
        await site.browser(f"198.51.100.{number}").sign_in("nobody@people.example", WRONG)

    refused = await site.browser("192.0.2.200").sign_in("nobody@people.example", WRONG)

    assert refused.status_code == 429


async def test_signing_in_often_is_no_failure(site: Site) -> None:
    person = await site.person()
    browser = site.browser("198.51.100.9")
    page = await browser.get("/sign-in")

    for _ in range(PER_ADDRESS + 1):
        answer = await browser.send(page, "/sign-in", email=person.email, password=PASSWORD)
        assert answer.status_code == 303


async def test_nobody_is_let_in_while_failures_cannot_be_counted(settings: Settings) -> None:
    async with open_site(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1"})) as alone:
        person = await alone.person()
        browser = alone.browser()

        answer = await browser.sign_in(person.email)

        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "60"
        assert browser.secret is None


async def test_a_session_ends_with_its_time_its_person_and_its_organization(site: Site) -> None:
    endings = {
        "UPDATE identity.browser_sessions SET expires_at = now() WHERE subject = %(subject)s",
        "UPDATE identity.browser_sessions SET ended_at = now() WHERE subject = %(subject)s",
        "UPDATE identity.users SET disabled_at = now() WHERE subject = %(subject)s",
        "UPDATE identity.tenants SET disabled_at = now() WHERE tenant = %(tenant)s",
    }
    for ending in endings:
        browser, person = await site.signed_in()
        assert person.email in (await browser.get("/account")).text

        await site.admin.execute(ending.encode(), {"subject": person.subject, "tenant": person.tenant})

        assert person.email not in (await browser.get("/account")).text


@pytest.mark.parametrize("body", [b"email=%ff%fe", b"email=a&email=b", b"x" * 70_000, b"&".join([b"a=1"] * 100)])
async def test_a_body_that_is_no_form_is_refused_as_a_page(site: Site, body: bytes) -> None:
    browser: Browser = site.browser()

    answer = await browser.http.post(
        "/sign-in", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )

    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
