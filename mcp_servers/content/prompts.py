"""The MCP prompts of PromptContent."""

from typing import Annotated

from pydantic import Field

from kernel.mcp import ContextServer


def register_prompts(server: ContextServer) -> None:
    @server.prompt(
        title="From brief to approved copy",
        description="Write copy for a product, compare variants, store the best and propose to publish it.",
    )
    def brief_to_copy(  # pyright: ignore[reportUnusedFunction]
        client: Annotated[str, Field(description="The client company.")],
        product: Annotated[str, Field(description="What is advertised.")],
        audience: Annotated[str, Field(description="Who it speaks to.")],
        destination: Annotated[str, Field(description="Platform and channel, e.g. Meta Ads social.")],
        country: Annotated[str, Field(description="Where it runs, e.g. Costa Rica.")] = "",
        language: Annotated[str, Field(description="en or es.")] = "en",
        key_message: Annotated[str, Field(description="The fact or offer to state, word for word.")] = "",
    ) -> str:
        where = f" in {country}" if country else ""
        message = f' State this word for word: "{key_message}".' if key_message else ""
        return (
            f"I need copy for {client}'s {product}, for {audience}{where}, on {destination},"
            f" language {language}.{message}"
            "\n1. Look with list_assets at what already exists for this client and product."
            "\n2. Call generate_copy for three variants. Show them with their lengths, the engine and any warnings."
            "\n3. Recommend one and say why. Invent no price, offer or claim. Ask me before you store anything."
            "\n4. Store what I choose with create_asset, saying who wrote it; edit with new_version."
            "\n5. When I say so, propose it with publish_asset and give me the approval_url. A reviewer decides."
        )
