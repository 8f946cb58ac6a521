"""A language model behind the embedded interpreter: when it is asked, and which of its readings count."""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from kernel.language_model import LanguageModel
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.reading import Lexicon
from mcp_servers.analytics.errors import NeedsClarification, Unanswered, Unsupported
from mcp_servers.analytics.interpreters import EmbeddedInterpreter, Interpretation, InterpreterWithModel
from tests.unit.analytics.conftest import AS_OF

NOTHING: Mapping[str, Any] = {
    "metrics": ["spend"],
    "dimensions": [],
    "filters": [],
    "start": None,
    "end": None,
    "grain": None,
    "compare_to": None,
    "compare_start": None,
    "compare_end": None,
    "order_by": [],
    "limit": None,
    "share_of_total": False,
}
OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
GOOGLE = {"dimension": "platform", "op": "in", "values": ["Google Ads"]}
QUESTION = "How much did we burn on Google Ads last month?"
SOUND = {**NOTHING, **OCTOBER, "filters": [GOOGLE]}


class Endpoint:
    """Answers every request with one text or one status, and keeps what it was asked."""

    def __init__(self, answer: str | int) -> None:
        self._answer = answer
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(json.loads(request.content))
        if isinstance(self._answer, int):
            return httpx2.Response(self._answer)
        message = {"role": "assistant", "content": self._answer}
        return httpx2.Response(200, json={"choices": [{"index": 0, "message": message}]})


async def interpret(
    endpoint: Endpoint, question: str, lexicon: Lexicon, catalogue: Catalogue
) -> Interpretation | Unanswered:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(endpoint))
    model = LanguageModel(http, base_url="http://llm.test/v1", model="small", api_key=None, timeout_seconds=1)
    interpreter = InterpreterWithModel(EmbeddedInterpreter(lexicon), model, lexicon)
    try:
        return await interpreter.interpret(question, catalogue, as_of=AS_OF, language="en")
    except Unanswered as refusal:
        return refusal


def reading(**changed: Any) -> str:
    return json.dumps({"query": {**SOUND, **changed}})


async def test_a_question_the_parser_understands_is_not_sent_anywhere(lexicon: Lexicon, catalogue: Catalogue) -> None:
    endpoint = Endpoint(500)

    read = await interpret(endpoint, "How much did we spend on Google Ads last month?", lexicon, catalogue)

    assert isinstance(read, Interpretation)
    assert read.interpreter == "embedded"
    assert endpoint.asked == []


async def test_words_the_parser_does_not_know_are_read_by_the_model(lexicon: Lexicon, catalogue: Catalogue) -> None:
    endpoint = Endpoint(reading())

    read = await interpret(endpoint, QUESTION, lexicon, catalogue)

    asked = {"metrics": ["spend"], "filters": [GOOGLE], "time": OCTOBER}
    assert read == Interpretation(MetricQuery.model_validate(asked), "llm")


async def test_the_model_gets_names_of_the_tenants_data_and_a_strict_schema(
    lexicon: Lexicon, catalogue: Catalogue
) -> None:
    endpoint = Endpoint(reading())
    await interpret(endpoint, QUESTION, lexicon, catalogue)

    (request,) = endpoint.asked
    told = json.loads(request["messages"][-1]["content"])
    schema = request["response_format"]["json_schema"]
    assert told["question"] == QUESTION
    assert told["dimensions"]["client"] == ["Acme", "Café Britt"]
    assert schema["strict"]
    assert set(schema["schema"]["$defs"]["_Query"]["required"]) == set(NOTHING)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"filters": []}, id="leaves out the platform"),
        pytest.param({"filters": [{**GOOGLE, "values": ["Meta Ads"]}]}, id="another platform"),
        pytest.param({"filters": [GOOGLE, {**GOOGLE, "dimension": "country", "values": ["Mexico"]}]}, id="a country"),
        pytest.param({"filters": [{**GOOGLE, "op": "not_in"}]}, id="leaves out what is asked for"),
        pytest.param({"start": "2026-09-01", "end": "2026-09-30"}, id="another month"),
        pytest.param({"start": None, "end": None}, id="no month"),
        pytest.param({"limit": 5, "dimensions": ["country"]}, id="an invented limit"),
        pytest.param({"dimensions": ["country"]}, id="an invented cut"),
        pytest.param({"grain": "week"}, id="an invented grain"),
        pytest.param({"share_of_total": True}, id="an invented share"),
        pytest.param({"order_by": [{"field": "spend", "direction": "desc"}]}, id="an invented ranking"),
        pytest.param({"compare_to": "previous_year", "start": None, "end": None}, id="contradicts itself"),
        pytest.param({"metrics": ["profit"]}, id="a metric that does not exist"),
        pytest.param({"filters": [{**GOOGLE, "values": ["Myspace"]}]}, id="a value that does not exist"),
    ],
)
async def test_a_reading_that_is_not_the_questions_leaves_the_refusal(
    changed: dict[str, Any], lexicon: Lexicon, catalogue: Catalogue
) -> None:
    endpoint = Endpoint(reading(**changed))

    refused = await interpret(endpoint, QUESTION, lexicon, catalogue)

    assert isinstance(refused, Unsupported)
    assert refused.topic == "unknown_words"
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("answer", ['{"query": null}', "no JSON", "", "{}", 500, 404])
async def test_a_model_that_reads_nothing_leaves_the_refusal(
    answer: str | int, lexicon: Lexicon, catalogue: Catalogue
) -> None:
    refused = await interpret(Endpoint(answer), QUESTION, lexicon, catalogue)

    assert isinstance(refused, Unsupported)
    assert refused.topic == "unknown_words"


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        ("spend in France last month", Unsupported),  # a country without data
        ("spend for Twins last month", NeedsClarification),  # two campaigns of one name
        ("return last month", NeedsClarification),  # roas or roi
    ],
)
async def test_what_is_absent_or_ambiguous_is_not_put_to_the_model(
    question: str, refusal: type[Unanswered], lexicon: Lexicon, catalogue: Catalogue
) -> None:
    endpoint = Endpoint(reading())

    assert isinstance(await interpret(endpoint, question, lexicon, catalogue), refusal)
    assert endpoint.asked == []


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("What did we burn excluding Google Ads last month?", {"filters": [{**GOOGLE, "op": "not_in"}]}),
        ("What did we burn by platform last month?", {"filters": [], "dimensions": ["platform"]}),
        ("What did we burn in Mexico on Google Ads last month?", {
            "filters": [GOOGLE, {"dimension": "country", "op": "in", "values": ["Mexico"]}],
        }),
        ("¿Cuánto quemamos en Google Ads el mes pasado?", {}),
    ],
)  # fmt: skip
async def test_exclusions_cuts_and_several_filters_are_read_when_the_question_says_them(
    question: str, changed: dict[str, Any], lexicon: Lexicon, catalogue: Catalogue
) -> None:
    read = await interpret(Endpoint(reading(**changed)), question, lexicon, catalogue)

    assert isinstance(read, Interpretation)
    assert read.interpreter == "llm"
