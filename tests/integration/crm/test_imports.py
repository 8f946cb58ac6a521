"""Files of leads and sales: validated whole, loaded by key, loaded again without a trace."""

import time

import httpx2
import pytest

from kernel.csv_routes import MAX_BYTES
from kernel.ids import new_id
from tests.integration.crm.conftest import Crm

LEADS = "lead_id,created_at,campaign_id,client,source,country,region,email,status"
SALES = "sale_id,sold_at,lead_id,campaign_id,client,product,country,region,channel,platform,amount,currency"


def lead(lead_id: str, *, email: str = "ana@example.com", status: str = "new", created: str = "2026-10-01") -> str:
    return f"{lead_id},{created},cmp_1,Cafe Alta,web form,Costa Rica,San José,{email},{status}"


def sale(sale_id: str, *, lead_id: str = "", amount: str = "120.50", currency: str = "USD") -> str:
    return f"{sale_id},2026-10-05,{lead_id},cmp_1,Cafe Alta,Geisha Roast,Mexico,,search,Google Ads,{amount},{currency}"


def file(header: str, *lines: str) -> str:
    return "\n".join([header, *lines, ""])


def counts(response: httpx2.Response) -> tuple[int, int, int, int]:
    body = response.json()
    assert response.status_code == 200, body
    return body["rows_read"], body["inserted"], body["updated"], body["unchanged"]


async def test_leads_of_a_file_can_be_worked_with(crm: Crm) -> None:
    lead_id = new_id("x")

    loaded = await crm.load("leads", "\ufeff" + file(LEADS, lead(lead_id, email="Ana@Example.com", status="proposal")))
    found = await crm.call("get_lead", lead_id=lead_id)

    assert counts(loaded) == (1, 1, 0, 0)
    assert (found["email"], found["status"], found["language"]) == ("ana@example.com", "proposal", "es")
    assert found["created_at"] == "2026-10-01T00:00:00Z"
    assert found["reachable_by"] == []


async def test_a_file_loaded_again_changes_nothing_and_a_correction_changes_its_row(crm: Crm) -> None:
    first, second = new_id("x"), new_id("x")
    text = file(LEADS, lead(first), lead(second))
    await crm.load("leads", text)
    before = await crm.rows("SELECT lead_id, change_id FROM crm.leads WHERE lead_id = ANY(%s)", [first, second])

    again = await crm.load("leads", text)
    corrected = await crm.load("leads", file(LEADS, lead(first), lead(second, status="qualified")))

    assert counts(again) == (2, 0, 0, 2)
    assert counts(corrected) == (2, 0, 1, 1)
    after = await crm.rows("SELECT lead_id, change_id FROM crm.leads WHERE lead_id = ANY(%s)", [first, second])
    assert [row for row in after if row["lead_id"] == first] == [row for row in before if row["lead_id"] == first]
    assert [row for row in after if row["lead_id"] == second] != [row for row in before if row["lead_id"] == second]
    [moved] = (await crm.call("get_lead", lead_id=second))["stage_changes"]
    assert (moved["previous"], moved["status"], moved["by"]) == ("new", "qualified", "import")


async def test_loading_the_same_file_again_keeps_what_was_done_here_since(crm: Crm) -> None:
    lead_id = new_id("x")
    text = file(LEADS, lead(lead_id))
    await crm.load("leads", text)
    await crm.call("update_stage", lead_id=lead_id, status="proposal")

    again = await crm.load("leads", text)

    assert counts(again) == (1, 0, 0, 1)
    assert (await crm.call("get_lead", lead_id=lead_id))["status"] == "proposal"


async def test_consent_to_e_mail_does_not_follow_a_lead_to_another_address(crm: Crm) -> None:
    lead_id = await crm.register()

    await crm.load("leads", file(LEADS, lead(lead_id, email="somebody.else@example.com")))

    consent = (await crm.call("get_lead", lead_id=lead_id))["consent"]
    assert (consent["email"], consent["sms"]) == (False, True)


async def test_sales_of_a_file_are_stored_once_and_need_no_known_lead(crm: Crm) -> None:
    known, sale_id = await crm.register(), new_id("s")
    text = file(SALES, sale(sale_id, lead_id=known), sale(new_id("s"), lead_id="elsewhere"))

    first = await crm.load("sales", text)
    again = await crm.load("sales", text)
    corrected = await crm.load("sales", file(SALES, sale(sale_id, lead_id=known, amount="99")))

    assert [counts(answer) for answer in (first, again, corrected)] == [(2, 2, 0, 0), (2, 0, 0, 2), (1, 0, 1, 0)]
    [stored] = (await crm.call("get_lead", lead_id=known))["sales"]
    assert (stored["amount"], stored["channel"], stored["region"]) == ("99.00", "search", "")


async def test_a_sale_recorded_by_hand_and_then_told_by_a_file_is_one_sale(crm: Crm) -> None:
    sale_id = new_id("s")
    await crm.call(
        "record_sale",
        sale_id=sale_id,
        amount="120.50",
        currency="USD",
        client="Cafe Alta",
        product="Geisha Roast",
        country="Mexico",
        campaign_id="cmp_1",
        channel="search",
        platform="Google Ads",
        sold_at="2026-10-05",
    )

    loaded = await crm.load("sales", file(SALES, sale(sale_id)))

    assert counts(loaded) == (1, 0, 0, 1)


async def test_one_bad_row_keeps_the_whole_file_out_and_is_named(crm: Crm) -> None:
    good, bad = new_id("x"), new_id("x")
    text = file(LEADS, lead(good), lead(bad, email="nobody", status="hot"))

    refused = await crm.load("leads", text)

    problem = refused.json()
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["rows_read"], problem["inserted"]) == ("bad_rows", 2, 0)
    assert [(fault["line"], fault["column"]) for fault in problem["rejected"]] == [(3, "email"), (3, "status")]
    assert "lead_not_found" in await crm.refusal("get_lead", lead_id=good)


async def test_bad_rows_can_be_skipped(crm: Crm) -> None:
    good = new_id("s")
    text = file(SALES, sale(good), sale(new_id("s"), amount="-1"), sale(new_id("s"), currency="XYZ"))

    loaded = await crm.load("sales", text, skip_bad_rows="true")

    assert counts(loaded) == (3, 1, 0, 0)
    faults = loaded.json()["rejected"]
    assert [(fault["line"], fault["column"]) for fault in faults] == [(3, "amount"), (4, "currency")]
    assert len(await crm.rows("SELECT 1 FROM crm.sales WHERE sale_id = %s", good)) == 1


@pytest.mark.parametrize(
    ("what", "line", "column"),
    [
        ("leads", lead(""), "lead_id"),
        ("leads", lead("x1", created="01/10/2026"), "created_at"),
        ("leads", lead("x1", email=""), "email"),
        ("sales", sale("s1", amount="1.234"), "amount"),
        ("sales", sale("s1", amount="1.50", currency="JPY"), "amount"),
        ("sales", sale("s1", amount="1,50"), ""),
        ("sales", sale("s1").replace("Geisha Roast", ""), "product"),
    ],
)
async def test_a_bad_cell_is_rejected_by_column(crm: Crm, what: str, line: str, column: str) -> None:
    refused = await crm.load(what, file(LEADS if what == "leads" else SALES, line))

    assert refused.status_code == 422
    assert [(fault["line"], fault["column"]) for fault in refused.json()["rejected"]] == [(2, column)]


async def test_one_key_with_two_contents_is_a_contradiction(crm: Crm) -> None:
    twice = new_id("s")

    refused = await crm.load("sales", file(SALES, sale(twice), sale(twice), sale(twice, amount="1")))

    assert [fault["line"] for fault in refused.json()["rejected"]] == [2, 3, 4]


async def test_another_tenants_import_of_the_same_keys_is_its_own(crm: Crm) -> None:
    lead_id = new_id("x")
    await crm.load("leads", file(LEADS, lead(lead_id)))

    loaded = await crm.load("leads", file(LEADS, lead(lead_id, status="lost")), tenant="globex")

    assert counts(loaded) == (1, 1, 0, 0)
    assert (await crm.call("get_lead", lead_id=lead_id))["status"] == "new"


async def post(
    crm: Crm, token: str | None, content: bytes = b"", *, kind: str = "text/csv; charset=utf-8"
) -> httpx2.Response:
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    return await crm.rest.post("/v1/imports/leads", content=content, headers=headers)


async def test_an_import_needs_a_token_with_the_scope(crm: Crm) -> None:
    reader = crm.issuer.token(scopes=["crm:read"])
    elsewhere = crm.issuer.token(aud="http://127.0.0.1/ads")

    answers = [await post(crm, token) for token in (None, reader, elsewhere)]

    assert [answer.status_code for answer in answers] == [401, 403, 401]
    assert 'scope="crm:write"' in answers[1].headers["www-authenticate"]


async def test_a_body_that_is_no_csv_file_is_refused_by_kind(crm: Crm) -> None:
    token = crm.issuer.token()

    wrong_type = await post(crm, token, kind="application/json")
    wrong_header = await post(crm, token, b"a,b\n")
    wrong_bytes = await post(crm, token, f"{LEADS}\n".encode() + b"\xff")
    too_large = await post(crm, token, b"x" * (MAX_BYTES + 1))
    wrong_flag = await crm.load("leads", f"{LEADS}\n", skip_bad_rows="maybe")

    answers = (wrong_type, wrong_header, wrong_bytes, too_large, wrong_flag)
    assert [answer.status_code for answer in answers] == [415, 422, 422, 413, 422]
    assert wrong_header.json()["code"] == "wrong_header"
    assert LEADS in wrong_header.json()["fix"]
    assert wrong_flag.json()["field"] == "skip_bad_rows"


async def test_twenty_thousand_rows_load_in_seconds(crm: Crm) -> None:
    run = new_id("run")
    text = file(SALES, *(sale(f"{run}-{number}", amount=f"{number}.25") for number in range(20_000)))

    started = time.perf_counter()
    first = await crm.load("sales", text)
    between = time.perf_counter()
    again = await crm.load("sales", text)
    ended = time.perf_counter()

    assert counts(first) == (20_000, 20_000, 0, 0)
    assert counts(again) == (20_000, 0, 0, 20_000)
    assert between - started < 10, f"{between - started:.1f} s"
    assert ended - between < 10, f"{ended - between:.1f} s"
