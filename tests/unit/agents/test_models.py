from pathlib import Path

from agents.models import open_models
from agents.report import Usage
from kernel.settings import Settings


async def test_without_a_model_the_playbook_serves(tmp_path: Path) -> None:
    async with open_models(Settings(data_dir=tmp_path, llm_base_url=None, llm_model=None)) as models:
        assert models is None


async def test_one_model_serves_supervisor_and_specialists(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, llm_base_url="http://127.0.0.1:9/v1", llm_model="any", llm_api_key="k")

    async with open_models(settings) as models:
        assert models is not None
        assert models.supervisor.model_name == models.specialist.model_name == "any"
        assert models.supervisor.openai_api_base == settings.llm_base_url
        assert str(models.specialist.base_url).rstrip("/") == settings.llm_base_url


def test_parallel_work_waits_for_its_longest_part_only() -> None:
    one = Usage(model_calls=2, sequential_model_calls=2, tool_calls=3, tokens=10)
    four = one.beside(one).beside(one).beside(one)

    assert four == Usage(model_calls=8, sequential_model_calls=2, tool_calls=12, tokens=40)
    assert Usage(model_calls=1, sequential_model_calls=1).then(four).sequential_model_calls == 3
