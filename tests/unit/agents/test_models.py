from pathlib import Path

from agents.models import is_configured, specialist_model, supervisor_model
from agents.report import Usage
from kernel.settings import Settings


def configured(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, llm_base_url="http://127.0.0.1:9/v1", llm_model="any-model", llm_api_key="k")


def test_without_a_model_the_playbook_serves(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, llm_base_url=None, llm_model=None)

    assert not is_configured(settings)
    assert supervisor_model(settings) is None
    assert specialist_model(settings) is None


def test_one_model_serves_supervisor_and_specialists(tmp_path: Path) -> None:
    settings = configured(tmp_path)
    supervisor, specialist = supervisor_model(settings), specialist_model(settings)

    assert is_configured(settings)
    assert supervisor is not None
    assert specialist is not None
    assert supervisor.model_name == specialist.model_name == "any-model"
    assert specialist.base_url is not None
    assert specialist.base_url.rstrip("/") == settings.llm_base_url


def test_parallel_work_waits_for_its_longest_part_only() -> None:
    one = Usage(model_calls=2, sequential_model_calls=2, tool_calls=3, tokens=10)
    four = one.beside(one).beside(one).beside(one)

    assert four == Usage(model_calls=8, sequential_model_calls=2, tool_calls=12, tokens=40)
    assert Usage(model_calls=1, sequential_model_calls=1).then(four).sequential_model_calls == 3
