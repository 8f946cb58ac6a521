"""The semantic model as it is read from YAML: strictly, naming every fault at once."""

from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from mcp_servers.analytics.domain.faults import faults
from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.errors import InvalidModel


class _StrictLoader(yaml.CSafeLoader):
    """YAML in which a key may stand once: the plain loader silently lets the last one win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key: object = self.construct_object(key_node, deep=True)  # pyright: ignore[reportUnknownMemberType]  untyped
            if isinstance(key, str) and key != "<<" and key in seen:
                raise yaml.MarkedYAMLError(problem=f"{key} is written twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_model(document: str) -> SemanticModel:
    """Read and check a model written in YAML. Raises InvalidModel with every fault and how to put it right."""
    try:
        written: object = yaml.load(document, Loader=_StrictLoader)  # noqa: S506  a SafeLoader, stricter
    except yaml.YAMLError as error:
        raise InvalidModel([f"this is not YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(written, Mapping):
        raise InvalidModel(["the document has no fields; see semantic_model.yaml"])
    try:
        model = SemanticModel.model_validate(written)
    except ValidationError as error:
        raise InvalidModel([_said(detail["loc"], detail["msg"]) for detail in error.errors()]) from error
    if found := faults(model):
        raise InvalidModel(found)
    return model


def _said(place: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, place)) or 'model'}: {message.removeprefix('Value error, ')}"
