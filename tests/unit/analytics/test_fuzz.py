"""Ten thousand spoilt questions: each is read or refused, the same way twice, and soon."""

import time
from collections import Counter
from random import Random

from evals.analytics.questions import load_questions
from evals.analytics.worlds import WORLDS
from mcp_servers.analytics.domain.reading import Lexicon
from mcp_servers.analytics.domain.wording import reason
from tests.unit.analytics.generated import Reader, reader_of

COUNT = 10_000
SLOWEST_SECONDS = 5.0
SPLICED = (
    "'; DROP TABLE hub.fact_sales; --", "\" OR ''='", "1=1", "UNION SELECT", "%s", "$1", "{}", "{0.__class__}", "\\x00",
    "\x00", "\u202e", "\u200b", "\ufeff", "\u0301", "😀", "名前", "مرحبا", "<script>", "-- ", "/*", "*/", ";", ",,,",
    "“", "'",
    "999999999999999999999", "2026-13-45", "0/0/0000", "last 0 days", "February 31", "vs vs", "not", "Infinity", "NaN",
    "the the the", "por por", "T9", "Q0", "-1", "1e309", "week 60",
)  # fmt: skip


def spoilt(words: list[str], random: Random) -> str:
    """A question with words dropped, swapped, doubled, misspelt, or something foreign among them."""
    words = list(words)
    for _ in range(random.randint(1, 5)):
        at = random.randrange(len(words)) if words else 0
        match random.randrange(9):
            case 0 if words:
                del words[at]
            case 1 if words:
                words.insert(random.randrange(len(words)), words.pop(at))
            case 2 if words:
                words.insert(at, words[at])
            case 3 if words:
                letter = random.randrange(len(words[at]) + 1)
                words[at] = words[at][:letter] + random.choice("aeiouñxz¿'-_0") + words[at][letter:]
            case 4 if words and len(words[at]) > 2:
                letter = random.randrange(len(words[at]) - 1)
                words[at] = words[at][:letter] + words[at][letter + 1 :]
            case 5:
                words.insert(at, random.choice(SPLICED))
            case 6 if words:
                words[at] = random.choice((words[at].upper(), words[at].swapcase(), words[at][::-1]))
            case 7:
                words = words * random.randint(2, 4)
            case _:
                words.append(random.choice(words) if words else "?")
    return random.choice((" ", " ", " ", "\n", "\t", ", "))[:1].join(words)[:500]


def outcome(reader: Reader, question: str) -> str:
    answer = reader.answer(question)
    return str(answer.get("query") or answer["reason"])


def test_ten_thousand_spoilt_questions_are_read_or_refused_each_time_alike(lexicon: Lexicon) -> None:
    random = Random(20_261_112)
    readers = {name: reader_of(name, lexicon) for name in WORLDS}
    questions = load_questions()
    statuses: Counter[str] = Counter()
    slowest = 0.0

    for number in range(COUNT):
        question = random.choice(questions)
        text = spoilt(question.text.split(), random)
        began = time.perf_counter()
        answer = readers[question.world].answer(text)
        slowest = max(slowest, time.perf_counter() - began)
        statuses[answer["status"]] += 1
        if number % 20 == 0:
            assert outcome(readers[question.world], text) == str(answer.get("query") or answer["reason"])

    assert set(statuses) == {"answered", "needs_clarification", "unsupported"}
    assert slowest < SLOWEST_SECONDS


def test_a_refusal_repeats_what_was_typed_without_reading_it_as_a_template(lexicon: Lexicon) -> None:
    reader = reader_of("atlas", lexicon)

    said = reader.answer("spend of {metric} %s {0.__class__} $1")["reason"]

    assert "metric" in said
    assert reason("unknown_words", {"words": "{0.__class__} %s"}, "en").count("{0.__class__} %s") == 1
