"""What the content specialist writes, and what it found."""

from pydantic import Field

from agents.assignment import Channel, Engine, Frozen, Language, Platform


class Message(Frozen):
    country: str = Field(description="English name")
    language: Language = Field(description="Language of the text")
    platform: Platform
    channel: Channel
    headline: str = Field(default="", description="Empty where the format has none")
    body: str
    call_to_action: str = ""
    engine: Engine = Field(default="llm", description="Who wrote the text: as generate_copy says, llm if you did")


class ContentOutput(Frozen):
    theme: str = Field(description="The idea the messages share, in the language of the assignment")
    messages: tuple[Message, ...] = Field(min_length=1)


class ContentFacts(Frozen):
    existing_assets: tuple[str, ...] = ()
    """Titles of assets the client already has for the product."""
    warnings: tuple[str, ...] = ()
    """What the server's brand-safety check said of the copy."""
