"""Use cases that conclude something from the figures: rankings, anomalies, forecasts, explanations. Reads only."""

from mcp_servers.analytics.insights.figures import Figures

__all__ = ["Figures"]
