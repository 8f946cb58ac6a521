"""MCP prompts of analytics."""

from kernel.mcp import ContextServer


def register_prompts(server: ContextServer) -> None:
    @server.prompt(
        title="Review a campaign",
        description="What a campaign brought in a period against the one before, and what to look at next.",
    )
    def review_campaign(campaign: str, period: str) -> str:
        return (
            f"Review the campaign {campaign} in {period}.\n"
            "1. Call data_freshness and say how old the figures are.\n"
            f"2. ask how campaign {campaign} performed in {period}, then its spend, leads and revenue compared with the"
            " period before.\n"
            "3. ask the same by platform and by country.\n"
            "4. Say what changed, each figure with its metric, unit and period. Where an answer is unsupported or needs"
            " clarification, say so and ask me; do not fill it in."
        )
