"""The analytics specialist, put together."""

from agents.analytics.facts import facts_of
from agents.analytics.instructions import instructions
from agents.analytics.outputs import AnalyticsFacts, AnalyticsOutput
from agents.analytics.policy import POLICY
from agents.specialist import Specialist

ANALYTICS: Specialist[AnalyticsOutput, AnalyticsFacts] = Specialist(
    name="analytics",
    output=AnalyticsOutput,
    tools=frozenset({"query_metrics", "list_metrics", "list_dimensions", "rank_campaigns", "data_freshness"}),
    instructions=instructions,
    policy=POLICY,
    read=facts_of,
)
