import pytest

from kernel.ids import new_id
from orchestrator.domain.brief import Brief
from orchestrator.domain.conversation import Conversation, TurnResult
from orchestrator.domain.strategy import ApprovalRef
from orchestrator.errors import NoStrategyYet, ThreadNotFound
from orchestrator.repository import Conversations
from tests.support.identity import caller
from tests.unit.orchestrator.samples import a_strategy

ANA, LUIS = caller(subject="user:ana"), caller(subject="user:luis")
ELSEWHERE = caller("other-tenant", subject="user:ana")


async def a_thread(conversations: Conversations) -> str:
    return (await conversations.create_thread(ANA, new_id("thr"))).thread_id


async def test_a_thread_belongs_to_one_person_of_one_tenant(conversations: Conversations) -> None:
    thread_id = await a_thread(conversations)

    assert (await conversations.thread(ANA, thread_id)).thread_id == thread_id
    for stranger in (LUIS, ELSEWHERE):
        with pytest.raises(ThreadNotFound):
            await conversations.thread(stranger, thread_id)
        assert thread_id not in {thread.thread_id for thread in await conversations.threads(stranger, 100)}


async def test_nobody_can_speak_in_anothers_thread(conversations: Conversations) -> None:
    thread_id = await a_thread(conversations)

    with pytest.raises(ThreadNotFound):
        await conversations.turns(LUIS, thread_id)
    with pytest.raises(NoStrategyYet):
        await conversations.latest_strategy(ANA, thread_id)


async def test_turns_are_numbered_and_the_first_names_the_thread(conversations: Conversations) -> None:
    thread_id = await a_thread(conversations)

    for text in ("Launch\nCold Brew", "12000 USD"):
        await conversations.begin_turn(ANA, thread_id, new_id("turn"), text)

    assert [turn.seq for turn in await conversations.turns(ANA, thread_id)] == [1, 2]
    assert (await conversations.thread(ANA, thread_id)).title == "Launch Cold Brew"


async def test_what_carries_over_is_stored_with_the_result(conversations: Conversations) -> None:
    thread_id, turn_id = await a_thread(conversations), new_id("turn")
    await conversations.begin_turn(ANA, thread_id, turn_id, "Quiero lanzar Cold Brew")
    memory = Conversation(language="es", brief=Brief(products=("Cold Brew",)), awaiting=("goal",))
    result = TurnResult(
        thread_id=thread_id, turn_id=turn_id, status="question", language="es", engine="playbook", message="¿Meta?"
    )

    await conversations.finish_turn(ANA, result, "done", memory)

    last = await conversations.last_turn(ANA, thread_id)
    assert last is not None
    assert (last.status, last.result) == ("done", result.model_dump(mode="json"))
    assert (await conversations.thread(ANA, thread_id)).conversation == memory


async def test_a_turn_that_runs_again_keeps_its_version(conversations: Conversations) -> None:
    thread_id, turn_id = await a_thread(conversations), new_id("turn")
    await conversations.begin_turn(ANA, thread_id, turn_id, "Launch it")
    strategy = a_strategy(thread_id=thread_id)

    first = await conversations.save_strategy(ANA, turn_id, strategy, Brief(), {}, None)
    again = await conversations.save_strategy(
        ANA, turn_id, strategy.model_copy(update={"version": 2}), Brief(), {}, None
    )

    assert again == first
    assert [record.version for record in await conversations.strategies(ANA, thread_id)] == [1]


async def test_a_strategy_comes_back_with_its_proposals(conversations: Conversations) -> None:
    thread_id, turn_id = await a_thread(conversations), new_id("turn")
    await conversations.begin_turn(ANA, thread_id, turn_id, "Launch it")
    strategy = a_strategy(thread_id=thread_id)
    reference = ApprovalRef(
        item="launch", id="act_1", tool="launch_campaign", summary="Launch", status="pending_approval", url="http://a",
        expires_at="2026-11-25T00:00:00Z",
    )  # fmt: skip
    await conversations.save_strategy(ANA, turn_id, strategy, Brief(), {"ads": {}}, None)

    await conversations.save_approvals(ANA, turn_id, (reference,), None)

    latest = await conversations.latest_strategy(ANA, thread_id)
    assert latest.strategy == strategy.model_copy(update={"approvals": (reference,)})
    assert latest.reports == {"ads": {}}
