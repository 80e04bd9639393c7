"""What was taken in under which reference: a delivery, or a batch of a stock take, has its effect once."""

from __future__ import annotations

from datetime import datetime

from tradewind.ports.database import Connection, Transaction


async def add_count(tx: Transaction, reference: str, digest: bytes, changed: int, now: datetime) -> None:
    """Raises UniqueViolation of stock_counts_pkey when another call counted this batch meanwhile."""
    await tx.execute(
        "INSERT INTO stock_counts (reference, digest, changed, at) VALUES ($1, $2, $3, $4)",
        reference,
        digest,
        changed,
        now,
    )


async def changed_before(connection: Connection, reference: str, digest: bytes) -> int | None:
    """How many the first call changed; None before it."""
    changed: int | None = await connection.value(
        "SELECT changed FROM stock_counts WHERE reference = $1 AND digest = $2", reference, digest
    )
    return changed


async def add_receipt(tx: Transaction, reference: str, lines: str, actor: str, now: datetime) -> None:
    """`lines` as JSON. Raises UniqueViolation of receipts_pkey when this reference was received."""
    await tx.execute(
        "INSERT INTO receipts (reference, lines, actor, at) VALUES ($1, $2::jsonb, $3, $4)",
        reference,
        lines,
        actor,
        now,
    )
