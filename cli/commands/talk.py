"""`chat` and `ask`."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from cli.commands.options import AsJson, AsRole


def register(app: typer.Typer) -> None:
    app.command("chat")(chat)
    app.command("ask")(ask)


def chat(
    brief: Annotated[str | None, typer.Argument(help="What you want, in English or Spanish.")] = None,
    thread: Annotated[str | None, typer.Option("--thread", help="Go on with this conversation.")] = None,
    as_json: AsJson = False,
    role: AsRole = "marketer",
) -> None:
    """Talk to the strategy copilot: plan a strategy, change it, ask about results or about what is pending.

    Without a brief, on a terminal, it is a conversation. Nothing outside happens without an approval.
    """
    from cli.conversation import converse, say_once
    from cli.output import say

    if brief is None:
        converse(role, thread=thread)
        return
    thread = asyncio.run(say_once(brief, role, thread=thread, as_json=as_json))
    if not as_json:
        say(f'Go on with: promptsales chat --thread {thread} "…"')


def ask(
    question: Annotated[str, typer.Argument(help="A question about campaigns, sales or reach, in English or Spanish.")],
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day the question is asked on.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="Language of the answer: en or es.")] = None,
    as_json: AsJson = False,
    role: AsRole = "marketer",
) -> None:
    """Ask the analytics server about results. It rather asks back or declines than guesses."""
    from cli.questions import ask as put

    asyncio.run(put(question, role, as_of=as_of.date() if as_of else None, language=language, as_json=as_json))
