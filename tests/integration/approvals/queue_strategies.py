"""What happens to a queue, drawn at random: who acts, what is proposed, under which policy."""

from decimal import Decimal

from hypothesis import strategies as st

from tests.integration.approvals.queue_model import PEOPLE, Rule, Rules, Stake, Tier
from tests.integration.approvals.support import PARTIAL, RECEIPT

people = st.sampled_from(sorted(PEOPLE))
pick = st.integers(0, 99)
seldom = st.sampled_from([False, False, False, False, True])
receipts = st.sampled_from([RECEIPT, RECEIPT, PARTIAL, None])
stakes = st.builds(
    Stake,
    amount=st.sampled_from([None, "90.00", "300.00", "490.00", "900.00", "2500.00"]),
    currency=st.sampled_from(["USD", "USD", "EUR"]),
    recipients=st.sampled_from([None, None, 3, 50]),
    client=st.sampled_from(["Acme", "Beta"]),
    campaign=st.sampled_from([None, "cmp_1", "cmp_2"]),
    reversible=st.sampled_from([True, True, False]),
    untrusted=seldom,
)
amounts = st.sampled_from([300, 500, 1000, 3000]).map(Decimal)
role_sets = st.sampled_from([{"reviewer", "admin"}, {"admin"}, {"reviewer"}]).map(frozenset)


def _tiers(small: Decimal, more: Decimal, counts: list[int], roles: list[frozenset[str]], undo: int) -> list[Tier]:
    one, two, three = sorted(counts)
    return [
        Tier("small", {"USD": small, "EUR": small, "recipients": Decimal(10)}, one, roles[0], undo),
        Tier("medium", {"USD": small + more, "recipients": Decimal(500)}, two, roles[1], undo),
        Tier("large", None, three, roles[2], 0),
    ]


units = st.dictionaries(st.sampled_from(["USD", "EUR", "actions"]), st.sampled_from([2, 700, 1500, 4000]).map(Decimal))
policies = st.builds(
    Rules,
    tiers=st.builds(
        _tiers,
        small=amounts,
        more=amounts,
        counts=st.lists(st.integers(1, 3), min_size=3, max_size=3),
        roles=st.lists(role_sets, min_size=3, max_size=3),
        undo=st.sampled_from([0, 0, 600]),
    ),
    rule=st.none()
    | st.builds(
        Rule,
        enabled=st.sampled_from([True, True, False]),
        limits=st.just({"USD": Decimal(300), "recipients": Decimal(5)}),
        daily=st.just({"USD": Decimal(700), "recipients": Decimal(9), "actions": Decimal(4)}),
        irreversible=st.booleans(),
    ),
    caps=st.dictionaries(st.sampled_from(["client_day", "campaign", "tenant_day", "client_month"]), units, max_size=2),
)
