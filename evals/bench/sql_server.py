"""What a tool costs that runs SQL written by hand and gives its rows: over MCP, with tokens, and nothing besides."""

import argparse
from decimal import Decimal
from typing import Any

from starlette.types import ASGIApp

from evals.bench.hosting import host
from evals.bench.questions import common_questions
from kernel.mcp import Composition, ContextResources, http_app
from kernel.settings import get_settings
from kernel.web import run


def _app(resources: ContextResources) -> ASGIApp:
    server = resources.server(instructions="")
    statements = [common.sql.encode() for common in common_questions()]

    @server.expose("analytics:read", effect="read", title="Run SQL")
    async def run_sql(number: int) -> dict[str, list[dict[str, Any]]]:
        """Rows of a common question's SQL."""
        caller = await server.caller()
        async with resources.database.transaction(caller.tenant) as connection:
            rows = await (await connection.execute(statements[number])).fetchall()
        return {"rows": [{name: _plain(value) for name, value in row.items()} for row in rows]}

    return http_app(resources, Composition(server))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int | float | None) else str(value)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    settings = get_settings()
    run(host(settings, parser.parse_args().port, _app))
