"""Notices as e-mail, to a mail server over a real socket."""

import ssl

import pytest

from cli.certificate import Issued, issue
from kernel.database import Connection
from tests.integration.approvals.notices.receivers import MailServer, listening
from tests.integration.approvals.notices.support import Opening, deliveries, letters
from tests.integration.approvals.support import Queue


async def test_mail_reaches_every_address_in_the_channels_language(
    queue: Queue, mail: MailServer, courier: Opening
) -> None:
    action = await queue.propose(summary="Lanzar «Geisha»\r\nBcc: x@example.com por 1200.00 USD")

    await (await courier(letters(mail, language="es"))).deliver()

    (sent,) = mail.mails
    assert mail.recipients == [["ana@example.com", "eva@example.com"]]
    assert sent["Subject"] == "Espera aprobación: Lanzar «Geisha» Bcc: x@example.com por 1200.00 USD"
    assert sent["Bcc"] is None
    assert (sent["From"], sent["Auto-Submitted"]) == ("queue@example.com", "auto-generated")
    assert sent["Message-ID"] == f"<{sent['X-PromptSales-Id']}@example.com>"
    text = sent.get_content()
    for words in ("Para: quienes revisan, administración", action.id, f"/v1/actions/{action.id}", queue.tenant):
        assert words in text


@pytest.mark.parametrize(
    ("refusal", "state"),
    [(("DATA", "554 spam"), "dead"), (("DATA", "451 later"), "pending"), (("EHLO", "421 busy"), "pending")],
)
async def test_a_mail_servers_refusal_is_final_when_it_says_so(
    queue: Queue, mail: MailServer, courier: Opening, admin: Connection, refusal: tuple[str, str], state: str
) -> None:
    await queue.propose()
    mail.refusals.append(refusal)
    if refusal[0] == "EHLO":
        mail.refusals.append(("HELO", refusal[1]))

    await (await courier(letters(mail))).deliver()

    assert await deliveries(admin) == [("proposed", "email", state, 1)]


async def test_a_refused_address_keeps_nobody_elses_mail(
    queue: Queue, mail: MailServer, courier: Opening, admin: Connection
) -> None:
    mail.refused.add("ana@example.com")
    await queue.propose()
    await (await courier(letters(mail))).deliver()
    mail.refused.add("eva@example.com")
    await queue.propose()
    await (await courier(letters(mail))).deliver()

    assert mail.recipients == [["eva@example.com"]]
    assert [state for _, _, state, _ in await deliveries(admin)] == ["delivered", "dead"]


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issue(tmp_path_factory.mktemp("mail-tls"))


async def test_mail_is_encrypted_and_signed_in_for_when_the_server_offers_it(
    queue: Queue, courier: Opening, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.environment["PROMPTSALES_TLS_CERT"], issued.environment["PROMPTSALES_TLS_KEY"])
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    server = MailServer(context)
    await queue.propose()
    async with listening(server):
        login = {"username": "queue", "password_env": "MAIL_PASSWORD", "ca": issued.environment["PROMPTSALES_TLS_CA"]}
        await (await courier(letters(server, tls="required", **login))).deliver()

    assert server.encrypted == [True]
    assert len(server.logins) == 1


async def test_no_mail_is_sent_where_tls_is_required_or_a_password_would_be_seen(
    queue: Queue, mail: MailServer, courier: Opening, admin: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    await queue.propose()
    login = {"username": "queue", "password_env": "MAIL_PASSWORD"}

    await (await courier(letters(mail, tls="required", name="strict"), letters(mail, **login))).deliver()

    assert (mail.mails, mail.logins) == ([], [])
    assert [state for _, _, state, _ in await deliveries(admin)] == ["pending", "pending"]
