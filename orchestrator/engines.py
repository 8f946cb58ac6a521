"""Which engine understands and plans: the configured LLM, or the playbook."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from agents.models import Models
from agents.report import Usage
from kernel.logs import logger
from orchestrator.domain.turn import Situation, Turn
from orchestrator.understanding import playbook
from orchestrator.understanding.llm import ModelReader, ReadingFailed
from orchestrator.understanding.validation import interpret

if TYPE_CHECKING:
    from pydantic_ai.models import Model


@dataclass(frozen=True, slots=True)
class Engines:
    reader: ModelReader | None
    specialist: "Model | None"

    @classmethod
    def of(cls, models: Models | None) -> "Engines":
        return cls(ModelReader(models.supervisor), models.specialist) if models else cls(None, None)

    async def understand(self, text: str, situation: Situation, today: date) -> tuple[Turn, Usage]:
        """The typed turn of a message. A model that fails is replaced by the playbook, which says that it serves."""
        if self.reader is not None:
            try:
                reading, usage = await self.reader.read(text, situation, today)
            except ReadingFailed as error:
                logger(__name__).warning("model failed, playbook reads", error=str(error)[:300])
            else:
                return interpret(reading, situation, "llm"), usage
        return interpret(playbook.read(text, situation, today), situation, "playbook"), Usage()
