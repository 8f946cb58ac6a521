"""The CRM specialist, put together."""

from agents.crm.facts import read
from agents.crm.instructions import instructions
from agents.crm.outputs import CrmFacts, CrmOutput
from agents.crm.policy import POLICY
from agents.specialist import Specialist

CRM: Specialist[CrmOutput, CrmFacts] = Specialist(
    name="crm",
    output=CrmOutput,
    tools=frozenset({"list_leads", "pipeline_forecast"}),
    instructions=instructions,
    policy=POLICY,
    read=read,
)
