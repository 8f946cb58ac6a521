"""The common questions of `questions.yaml`."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, TypeAdapter


class Common(BaseModel):
    question: str
    query: dict[str, Any]
    """Arguments of `query_metrics`."""
    sql: str
    """By hand, with a column named as the first metric."""

    @property
    def metric(self) -> str:
        return self.query["metrics"][0]


def common_questions() -> list[Common]:
    document = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return TypeAdapter(list[Common]).validate_python(yaml.safe_load(document))
