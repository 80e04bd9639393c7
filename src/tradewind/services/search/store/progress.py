"""How far the documents are, and the rebuild of them. One row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tradewind.ports.database import Connection, Transaction

HELD_SECONDS = 30


@dataclass(frozen=True)
class Rebuild:
    """`state` is marking (so far: `after`) or asking: all are marked."""

    state: str
    after: UUID | None
    since: datetime


async def want_rebuild(tx: Transaction, now: datetime) -> None:
    """One that runs already begins again."""
    await tx.execute("UPDATE progress SET rebuild = 'wanted', wanted_at = $1, held_until = NULL", now)


async def hold_rebuild(connection: Connection, now: datetime) -> Rebuild | None:
    """None where none is wanted, or another process does it."""
    row = await connection.row(
        """
        UPDATE progress SET
            held_until = $2,
            rebuild = CASE WHEN rebuild = 'wanted' THEN 'marking' ELSE rebuild END,
            rebuild_after = CASE WHEN rebuild = 'wanted' THEN NULL ELSE rebuild_after END,
            rebuild_since = CASE WHEN rebuild = 'wanted' THEN $1 ELSE rebuild_since END
        WHERE rebuild <> 'idle' AND (held_until IS NULL OR held_until < $1)
        RETURNING rebuild, rebuild_after, rebuild_since
        """,
        now,
        now + timedelta(seconds=HELD_SECONDS),
    )
    return None if row is None else Rebuild(row["rebuild"], row["rebuild_after"], row["rebuild_since"])


async def advance_rebuild(
    tx: Transaction, rebuild: Rebuild, after: UUID | None, now: datetime, *, last: bool
) -> bool:
    """False where it was begun again meanwhile."""
    return bool(
        await tx.execute(
            """
            UPDATE progress SET
                rebuild_after = $2, held_until = $3, rebuild = CASE WHEN $4 THEN 'asking' ELSE 'marking' END
            WHERE rebuild = 'marking' AND rebuild_since = $1
            """,
            rebuild.since,
            after,
            now + timedelta(seconds=HELD_SECONDS),
            last,
        )
    )


async def finish_rebuild(connection: Connection, rebuild: Rebuild, now: datetime) -> None:
    """Every index is built anew from here on; nothing where it was begun again meanwhile."""
    await connection.execute(
        """
        UPDATE progress SET
            rebuild = 'idle', rebuild_after = NULL, held_until = NULL, built_at = $2, generation = generation + 1
        WHERE rebuild = 'asking' AND rebuild_since = $1
        """,
        rebuild.since,
        now,
    )


async def let_go(connection: Connection) -> None:
    await connection.execute("UPDATE progress SET held_until = NULL")
