"""A context's HTTP app on a port of its own, beside a running system."""

from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from evals.bench.baselines import SERVICE
from kernel.mcp import ContextResources, open_context
from kernel.settings import Settings
from kernel.web import RequestContext


async def host(settings: Settings, port: int, app: Callable[[ContextResources], ASGIApp]) -> None:
    """Serve until SIGTERM, as contexts are served."""
    listening = settings.model_copy(update={"allowed_hosts": [f"127.0.0.1:{port}"]})
    async with open_context(listening, SERVICE) as resources:
        config = uvicorn.Config(
            RequestContext(app(resources)),
            host="127.0.0.1",
            port=port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_level="warning",
        )
        await uvicorn.Server(config).serve()
