"""The approval card as an MCP App: one static page that a host shows beside a gated tool's answer."""

from importlib.resources import files

from mcp.server.apps import Apps, ResourceCsp

CARD_URI = "ui://promptsales/approval-card"


def card_app() -> Apps:
    """The extension that offers the page; it asks for no connection, no frame, nothing from anywhere."""
    apps = Apps()
    apps.add_html_resource(
        CARD_URI,
        files("kernel.mcp.approval").joinpath("card.html").read_text(encoding="utf-8"),
        name="approval-card",
        title="Approval card",
        description="Shows an action that waits for approval. Deciding happens on the approval page alone.",
        csp=ResourceCsp(connect_domains=[], resource_domains=[], frame_domains=[], base_uri_domains=[]),
        prefers_border=True,
    )
    return apps
