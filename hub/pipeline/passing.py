"""Pass rows from one server to another as PostgreSQL's own binary COPY, never looked at in between.

Both sides name the types, so that the bytes of one are the bytes of the other. A server sends one message a row, which
makes it possible to stop between two rows: rows arrive in parts that the other side can work on.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from psycopg import AsyncCopy, OperationalError, sql
from psycopg.abc import Buffer
from psycopg.errors import error_from_result

from hub.pipeline.sources import Columns
from kernel.database import Connection

_BEGIN = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_ROWS_A_WRITE = 256


@dataclass(frozen=True, slots=True)
class Stage:
    """A table that rows arrive in, `part` at a time. `ready` is called before the first: it makes the table."""

    connection: Connection
    table: str
    part: int
    ready: Callable[[], Awaitable[None]]


async def pass_rows(query: sql.Composed, source: Connection, stage: Stage, columns: Columns) -> AsyncGenerator[int]:
    """Fill the stage with rows of a query, a part at a time; yields how many it was filled with.

    The query gives `columns` in their order and types. Whoever consumes this empties the stage between two parts.
    """
    arrive = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(stage.table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    leave = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(query)
    async with source.cursor() as reader, reader.copy(leave) as reading:
        row = bytes(await reading.read()).removeprefix(_BEGIN) or await reading.read()
        if row and row != _END:
            await stage.ready()
        while row and row != _END:
            async with stage.connection.cursor() as writer, writer.copy(arrive) as writing:
                passed, row = await _pass_part(row, reading, writing, stage.part)
            yield passed
        while row:
            row = await reading.read()


async def _pass_part(first: Buffer, reading: AsyncCopy, writing: AsyncCopy, part: int) -> tuple[int, Buffer]:
    """Pass up to `part` rows: how many they were, and what came after them."""
    waiting: list[Buffer] = [_BEGIN]
    passed, row = 0, first
    while row and row != _END and passed < part:
        waiting.append(row)
        passed += 1
        if len(waiting) >= _ROWS_A_WRITE:
            await writing.write(b"".join(waiting))
            waiting.clear()
        row = _received(reading) or await reading.read()
    await writing.write(b"".join([*waiting, _END]))
    return passed, row


def _received(reading: AsyncCopy) -> Buffer | None:
    """The next row, where it is here already: that needs no turn of the event loop.

    The last row is `_END`, after which this is not called. Raises what the server says when it ends before that.
    """
    length, row = reading.connection.pgconn.get_copy_data(1)
    if length >= 0:
        return row
    result = reading.connection.pgconn.get_result()
    raise error_from_result(result) if result else OperationalError("the copy ended before its last row")


def typed(columns: Columns) -> sql.Composed:
    """`column::type` of each, for the query's SELECT."""
    return sql.SQL(", ").join(
        sql.SQL("{}::{}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()
    )


def declared(columns: Columns) -> sql.Composed:
    """`column type` of each, for CREATE TABLE."""
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()
    )
