"""Messages that approved actions order, in PostgreSQL."""

from dataclasses import asdict

from kernel.database import Connection
from mcp_servers.crm.domain import Interaction
from mcp_servers.crm.messages import Message


async def ordered(connection: Connection, action_id: str) -> Message | None:
    """The message an action ordered when it was first attempted."""
    cursor = await connection.execute(
        """SELECT lead_id, channel, recipient AS to, subject, body, language FROM crm.messages WHERE action_id = %s""",
        (action_id,),
    )
    row = await cursor.fetchone()
    return Message(**row) if row else None


async def order(connection: Connection, tenant: str, action_id: str, message: Message) -> Message:
    """Fix what an action sends, to whom, so that every attempt sends the same: what was fixed first."""
    cursor = await connection.execute(
        """
        INSERT INTO crm.messages (tenant, action_id, lead_id, channel, recipient, subject, body, language)
        VALUES (%(tenant)s, %(action_id)s, %(lead_id)s, %(channel)s, %(to)s, %(subject)s, %(body)s, %(language)s)
        ON CONFLICT DO NOTHING
        """,
        {"tenant": tenant, "action_id": action_id, **asdict(message)},
    )
    earlier = None if cursor.rowcount else await ordered(connection, action_id)
    return earlier or message


async def confirm(
    connection: Connection, tenant: str, action_id: str, platform_id: str, interaction: Interaction
) -> None:
    """Enter a message that the platform confirms into the lead's history."""
    await connection.execute(
        "UPDATE crm.messages SET platform_id = %s, confirmed_at = %s WHERE action_id = %s",
        (platform_id, interaction.at, action_id),
    )
    await connection.execute(
        """
        INSERT INTO crm.interactions
            (tenant, interaction_id, lead_id, at, channel, direction, summary, body, by, action_id)
        VALUES (%(tenant)s, %(id)s, %(lead_id)s, %(at)s, %(channel)s, %(direction)s, %(summary)s, %(body)s, %(by)s,
                %(action_id)s)
        """,
        {"tenant": tenant, **asdict(interaction)},
    )
