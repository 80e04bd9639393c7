"""Writes to requests for adjustments, and what is known of the value of one."""

from __future__ import annotations

from collections.abc import Collection
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


@dataclass(frozen=True)
class Cost:
    average_minor: Decimal
    currency: str

    def of(self, quantity: int) -> Value:
        return Value(round_minor(self.average_minor * abs(quantity)), self.currency)


async def costs(connection: Connection, skus: Collection[str]) -> dict[str, Cost]:
    """Average costs of those that were ever bought, in the currency of the last time."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (sku) sku, average_minor, currency FROM sku_costs
        WHERE sku = ANY ($1::text[]) ORDER BY sku, updated_at DESC, currency
        """,
        list(skus),
    )
    return {row["sku"]: Cost(Decimal(row["average_minor"]), row["currency"]) for row in rows}


async def value_of(connection: Connection, sku: str, quantity: int) -> Value | None:
    """None where it was never bought."""
    cost = (await costs(connection, [sku])).get(sku)
    return None if cost is None else cost.of(quantity)


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
            currency, state, asked_by, created_at, lot, expires_on, from_state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10, $11, $12, $13)
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
        draft.lot,
        draft.expires_on,
        draft.from_state,
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
