"""The performance chart as an MCP App: one static page that a host shows beside an answer with figures."""

from pathlib import Path

from mcp.server.apps import Apps, ResourceCsp

CHART_URI = "ui://promptsales/performance-chart"
PAGE = Path(__file__).with_name("chart.html")


def chart_app() -> Apps:
    """The extension that offers the page. It draws the rows it is given and asks for nothing from anywhere.

    Clients without apps are not affected: the answer's text, rows and Vega-Lite specification are the same.
    """
    apps = Apps()
    apps.add_html_resource(
        CHART_URI,
        PAGE.read_text(encoding="utf-8"),
        name="performance-chart",
        title="Performance chart",
        description="Draws the figures of an answer, with the same figures as a table.",
        csp=ResourceCsp(connect_domains=[], resource_domains=[], frame_domains=[], base_uri_domains=[]),
        prefers_border=True,
    )
    return apps
