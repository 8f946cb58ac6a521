"""MCP prompts of PromptAds."""

from kernel.mcp import ContextServer


def register_prompts(server: ContextServer) -> None:
    @server.prompt(
        title="Plan and propose a campaign",
        description="From client, product, countries, budget and dates to a draft and a proposed launch.",
    )
    def plan_campaign(client: str, product: str, countries: str, budget: str, dates: str) -> str:
        return (
            f"Plan a campaign for {client}'s {product} in {countries}, {budget} in all, {dates}.\n"
            "1. Read past results with campaign_performance, grouped by platform and by country.\n"
            "2. Call generate_campaign and say which past results each line rests on.\n"
            "3. Ask me before you store anything; then call draft_campaign.\n"
            "4. Propose the launch with launch_campaign and give me the approval_url. A reviewer decides, not you."
        )
