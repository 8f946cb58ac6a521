"""The ads specialist, put together."""

from agents.ads.facts import read
from agents.ads.instructions import instructions
from agents.ads.outputs import AdsFacts, AdsOutput
from agents.ads.policy import POLICY
from agents.specialist import Specialist

ADS: Specialist[AdsOutput, AdsFacts] = Specialist(
    name="ads",
    output=AdsOutput,
    tools=frozenset({"list_campaigns", "get_campaign", "generate_campaign", "estimate_reach", "campaign_performance"}),
    instructions=instructions,
    policy=POLICY,
    read=read,
)
