"""Postings that no capture or refund makes. Double entry: a debit is positive, a credit negative."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction


async def post(
    tx: Transaction,
    reference: str,
    entries: Sequence[tuple[str, int]],
    currency: str,
    now: datetime,
    *,
    order_id: UUID | None = None,
    processor: str = "",
) -> bool:
    """Accounts with their amounts, which sum to zero. False where this reference was posted before."""
    assert sum(amount for _, amount in entries) == 0, f"{reference} does not balance"
    posted = await tx.execute(
        """
        INSERT INTO ledger_entries (reference, account, order_id, currency, amount_minor, at, processor)
        SELECT $1, account, $4, $5, amount, $6,
            CASE WHEN account IN ('cash_at_processor', 'fees') THEN $7 ELSE '' END
        FROM unnest($2::text[], $3::bigint[]) AS entry (account, amount) WHERE amount <> 0
        ON CONFLICT ON CONSTRAINT posted_once DO NOTHING
        """,
        reference,
        [account for account, _ in entries],
        [amount for _, amount in entries],
        order_id,
        currency,
        now,
        processor,
    )
    return posted > 0
