"""What every copy engine does."""

from typing import Protocol

from mcp_servers.content.domain.copy import Copy, CopyBrief


class CopyEngine(Protocol):
    async def write(self, brief: CopyBrief) -> Copy:
        """Different variants that break none of the format's rules, at most `brief.count`; the same for the same brief.

        Raises LanguageModelUnavailable or UnusableCopy where the engine depends on a model.
        """
        ...
