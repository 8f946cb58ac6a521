"""The content specialist, put together."""

from agents.content.facts import read
from agents.content.instructions import instructions
from agents.content.outputs import ContentFacts, ContentOutput
from agents.content.policy import POLICY
from agents.specialist import Specialist

CONTENT: Specialist[ContentOutput, ContentFacts] = Specialist(
    name="content",
    output=ContentOutput,
    tools=frozenset({"generate_copy", "list_assets", "search_assets", "check_brand_safety"}),
    instructions=instructions,
    policy=POLICY,
    read=read,
)
