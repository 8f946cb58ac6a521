"""The approval gate as MCP clients see it: tasks, cards, notice of changes, the way to the approval page.

Nothing here decides. What a client is told is read from the approval queue each time; withdrawing is all it can do.
"""

from kernel.mcp.approval.face import gated_server

__all__ = ["gated_server"]
