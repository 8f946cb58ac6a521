"""Options that several commands have, and the names they accept."""

from typing import Annotated, Literal

import typer

RoleName = Literal["marketer", "sales_agent", "reviewer", "viewer", "admin"]
Suite = Literal["analytics"]
McpServer = Literal["content", "ads", "crm", "analytics"]
Audience = Literal["content", "ads", "crm", "analytics", "approvals", "hub", "orchestrator", "identity"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on one line, and nothing else.")]
AsRole = Annotated[
    RoleName, typer.Option("--role", help="Act as this role. PROMPTSALES_TOKEN, when set, acts instead.")
]
