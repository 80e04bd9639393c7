"""What was answered to a change of a reservation, or to a return: a repeat gets the same."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Transaction


async def keep(tx: Transaction, change_id: UUID, owner_id: UUID, answer: bytes, now: datetime) -> None:
    """`answer` is JSON. Raises UniqueViolation of amendments_pkey when this change was answered meanwhile."""
    await tx.execute(
        "INSERT INTO amendments (change_id, owner_id, answer, at) VALUES ($1, $2, $3::jsonb, $4)",
        change_id,
        owner_id,
        answer.decode(),
        now,
    )


async def kept(connection: Connection, change_id: UUID) -> tuple[UUID, str] | None:
    """Whose change it was, and the answer."""
    row = await connection.row("SELECT owner_id, answer FROM amendments WHERE change_id = $1", change_id)
    return None if row is None else (row["owner_id"], row["answer"])
