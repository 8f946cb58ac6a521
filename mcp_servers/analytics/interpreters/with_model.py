"""A language model for questions the embedded interpreter has no words for. What it reads must be in the question."""

from datetime import date

from pydantic import ValidationError

from kernel.errors import InvalidInput
from kernel.language_model import LanguageModel, LanguageModelUnavailable
from kernel.logs import logger
from kernel.telemetry import span
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.checks import checked
from mcp_servers.analytics.domain.model import Language
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.reading import Lexicon, ungrounded
from mcp_servers.analytics.errors import Topic, Unanswered
from mcp_servers.analytics.interpreters.port import Interpretation, Interpreter
from mcp_servers.analytics.interpreters.request import Reading, messages

NOT_UNDERSTOOD: frozenset[Topic] = frozenset({"unknown_words", "unused_words"})
"""Refusals that are about words. What is absent, ambiguous or not in the model stays so, whoever reads it."""


class InterpreterWithModel:
    """Asks the embedded interpreter first, then the model. A reading that is not sound leaves the first refusal."""

    def __init__(self, embedded: Interpreter, model: LanguageModel, lexicon: Lexicon) -> None:
        self._embedded = embedded
        self._model = model
        self._lexicon = lexicon

    async def interpret(
        self, question: str, catalogue: Catalogue, *, as_of: date, language: Language
    ) -> Interpretation:
        try:
            return await self._embedded.interpret(question, catalogue, as_of=as_of, language=language)
        except Unanswered as refusal:
            if refusal.topic not in NOT_UNDERSTOOD:
                raise
            query = await self._read(question, catalogue, as_of, language)
            if query is None:
                raise
            return Interpretation(query, "llm")

    async def _read(self, question: str, catalogue: Catalogue, as_of: date, language: Language) -> MetricQuery | None:
        """The model's reading, or None when there is none or it says what the question does not."""
        with span("analytics.interpret", model=self._model.name):
            try:
                text = await self._model.complete(
                    messages(question, catalogue, as_of),
                    schema_name="reading",
                    schema=Reading.model_json_schema(),
                )
                query = Reading.model_validate_json(text).as_query(as_of)
            except LanguageModelUnavailable as error:
                logger(__name__).warning("no reading", reason=error.message)
                return None
            except ValidationError as error:
                logger(__name__).warning("the reading is no query", model=self._model.name, faults=error.error_count())
                return None
            if query is None:
                return None
            try:
                exact = checked(query, catalogue, language).query
            except InvalidInput as refusal:
                logger(__name__).info("the reading cannot be answered", reason=refusal.code)
                return None
            if fault := ungrounded(query, exact, question, self._lexicon, catalogue, as_of=as_of):
                logger(__name__).info("the reading is not the question's", fault=fault)
                return None
            return query
