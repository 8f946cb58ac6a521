"""The suite's generated markets as analytics would know them, without a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evals.analytics.dataset import write_files
from evals.analytics.gold import Market
from evals.analytics.specs import DIMENSIONS
from evals.analytics.worlds import WORLDS, WorldName
from mcp_servers.analytics.domain.catalogue import Catalogue, Facts, SourceData, Value
from mcp_servers.analytics.domain.checks import checked
from mcp_servers.analytics.domain.reading import Lexicon, read_question
from mcp_servers.analytics.errors import NeedsClarification, Unanswered

SEED = 7
_SOURCES = {"ads": "ads.metrics", "leads": "crm.leads", "sales": "crm.sales"}


@dataclass(frozen=True)
class Reader:
    """Reads questions about one market and answers them from the files, as far as an answer goes without SQL."""

    market: Market
    catalogue: Catalogue
    lexicon: Lexicon
    as_of: date

    def answer(self, question: str) -> Mapping[str, Any]:
        language = self.lexicon.language(question) or "en"
        try:
            query = read_question(question, self.lexicon, self.catalogue, as_of=self.as_of, language=language)
            query = checked(query, self.catalogue, language).query
        except Unanswered as refusal:
            status = "needs_clarification" if isinstance(refusal, NeedsClarification) else "unsupported"
            return {"status": status, "reason": f"{refusal} {refusal.options}", "answer": ""}
        return {"status": "answered", "query": query.model_dump(mode="json"), "answer": ""}


@cache
def market_of(name: WorldName) -> Market:
    with TemporaryDirectory() as folder:
        write_files(WORLDS[name], SEED, Path(folder))
        return Market.read(Path(folder))


def reader_of(name: WorldName, lexicon: Lexicon) -> Reader:
    market = market_of(name)
    return Reader(market, Catalogue(lexicon.model, _facts(market)), lexicon, WORLDS[name].as_of)


def _facts(market: Market) -> Facts:
    kinds = [kind for kind in DIMENSIONS if kind != "campaign"]
    values = [Value(kind, name) for kind in kinds for name in market.values(kind)]
    values += [Value("campaign", name, key) for key, name in market.names.items()]
    sources: dict[str, SourceData] = {}
    for source, known in _SOURCES.items():
        days = [fact.day for fact in market.facts if fact.source == source]
        run_at = datetime.combine(max(days), time(9), UTC)
        sources[known] = SourceData(known, len(days), min(days), max(days), run_at)
    return Facts(1, "UTC", tuple(values), sources)
