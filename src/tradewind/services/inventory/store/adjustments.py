"""Writes to requests for adjustments, and what is known of the value of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tradewind.contracts.common import round_minor
from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.shapes.adjustments import AdjustmentDraft


@dataclass(frozen=True)
class Value:
    amount_minor: int
    currency: str


async def value_of(connection: Connection, sku: str, quantity: int) -> Value | None:
    """At the average cost in the currency that it was last bought in; None where it never was."""
    row = await connection.row(
        "SELECT average_minor, currency FROM sku_costs WHERE sku = $1 ORDER BY updated_at DESC, currency LIMIT 1",
        sku,
    )
    if row is None:
        return None
    return Value(round_minor(Decimal(row["average_minor"]) * abs(quantity)), row["currency"])


async def insert(
    tx: Transaction,
    adjustment_id: UUID,
    draft: AdjustmentDraft,
    value: Value | None,
    actor: str,
    now: datetime,
) -> None:
    await tx.execute(
        """
        INSERT INTO adjustment_requests (adjustment_id, sku, warehouse, quantity, reason, reference, value_minor,
            currency, state, asked_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10)
        """,
        adjustment_id,
        draft.sku,
        draft.warehouse,
        draft.quantity,
        draft.reason,
        draft.reference,
        None if value is None else value.amount_minor,
        None if value is None else value.currency,
        actor,
        now,
    )


async def decide(
    tx: Transaction, adjustment_id: UUID, state: str, actor: str, decision: str, now: datetime
) -> bool:
    """False unless it is pending."""
    decided = await tx.execute(
        """
        UPDATE adjustment_requests SET state = $2, decided_by = $3, decision = $4, decided_at = $5
        WHERE adjustment_id = $1 AND state = 'pending'
        """,
        adjustment_id,
        state,
        actor,
        decision,
        now,
    )
    return decided > 0
