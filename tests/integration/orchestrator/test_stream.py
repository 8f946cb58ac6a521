import asyncio
import json
from typing import Any

from cli.stack.valkey import EmbeddedValkey
from kernel.ids import new_id
from kernel.settings import Settings
from orchestrator.chunks import ChunkLog, Stream


async def chunks(log: ChunkLog, turn_id: str) -> list[Any]:
    events = [event async for event in log.follow(turn_id) if event.startswith("data: ")]
    return [json.loads(event[6:]) if event != "data: [DONE]\n\n" else "[DONE]" for event in events]


async def test_a_stream_is_a_ui_message_stream_from_start_to_done(log: ChunkLog) -> None:
    turn_id = new_id("turn")
    stream = Stream(log, turn_id)

    await stream.start()
    await stream.progress("plan", "started", "ads")
    await stream.text("Hello\nthere")
    await stream.data("turn", {"status": "help"}, turn_id)
    await stream.finish(failed=False)

    assert await chunks(log, turn_id) == [
        {"type": "start", "messageId": turn_id},
        {"type": "start-step"},
        {
            "type": "data-progress",
            "id": "plan/ads",
            "data": {"step": "plan", "specialist": "ads", "tool": None, "status": "started"},
        },
        {"type": "text-start", "id": f"{turn_id}-text"},
        {"type": "text-delta", "id": f"{turn_id}-text", "delta": "Hello\n"},
        {"type": "text-delta", "id": f"{turn_id}-text", "delta": "there"},
        {"type": "text-end", "id": f"{turn_id}-text"},
        {"type": "data-turn", "id": turn_id, "data": {"status": "help"}},
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "stop"},
        "[DONE]",
    ]


async def test_a_reader_may_come_early_late_or_twice(log: ChunkLog) -> None:
    turn_id = new_id("turn")
    stream = Stream(log, turn_id)
    await stream.start()
    early = asyncio.create_task(chunks(log, turn_id))

    await stream.text("One")
    await stream.finish(failed=False)
    late = await chunks(log, turn_id)

    assert await early == late == await chunks(log, turn_id)


async def test_a_silent_stream_stays_open_and_says_so(settings: Settings, valkey: EmbeddedValkey) -> None:
    turn_id = new_id("turn")
    async with ChunkLog.open(settings.cache_url(), heartbeat=0.05) as log:
        events = log.follow(turn_id)

        assert [await anext(events), await anext(events)] == [": waiting\n\n"] * 2
        await Stream(log, turn_id).finish(failed=False)
        assert [event async for event in events][-1] == "data: [DONE]\n\n"


async def test_a_turn_that_begins_again_begins_its_stream_again(log: ChunkLog) -> None:
    turn_id = new_id("turn")
    stream = Stream(log, turn_id)
    await stream.start()
    await stream.text("Half of it")

    await stream.start()
    await stream.finish(failed=True)

    found = await chunks(log, turn_id)
    assert [chunk["type"] for chunk in found[:-1]] == ["start", "start-step", "finish-step", "finish"]
    assert await log.exists(turn_id)
    assert not await log.exists(new_id("turn"))
