"""The scheduled pipeline: run, wait, run again."""

import asyncio

from hub.pipeline.run import Pipeline
from kernel.errors import PromptSalesError
from kernel.logs import logger


async def run_forever(pipeline: Pipeline, *, every_seconds: float) -> None:
    """Runs of several processes wait for each other. A failure is logged and tried again at the next turn."""
    while True:
        try:
            await pipeline.run_all()
        except PromptSalesError as error:
            logger(__name__).warning("pipeline run failed", reason=str(error))
        except Exception:  # one bad turn must not be the last
            logger(__name__).exception("pipeline run failed")
        await asyncio.sleep(every_seconds)
