"""Captures and refunds of an order that several payments share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.payment.domain import Operation
from tradewind.services.payment.references import OperationKey
from tradewind.services.payment.store.operations import Wanted

_COLUMNS = "id, kind, order_id, amount_minor, currency, state, failure_code, declined"


@dataclass(frozen=True, slots=True)
class Spread:
    key: OperationKey
    order_id: UUID
    amount: Money
    state: str
    failure_code: str | None = None
    declined: bool = False


def _spread(row: Row) -> Spread:
    return Spread(
        OperationKey(row["kind"], row["id"]),
        row["order_id"],
        Money(row["amount_minor"], row["currency"]),
        row["state"],
        row["failure_code"],
        row["declined"],
    )


async def load(db: Connection, key: OperationKey) -> Spread | None:
    row = await db.row(f"SELECT {_COLUMNS} FROM spreads WHERE id = $1 AND kind = $2", key.id, key.kind)
    return None if row is None else _spread(row)


async def insert_once(tx: Transaction, wanted: Wanted, credit_minor: int, now: datetime) -> Spread | None:
    """None where it is there already."""
    row = await tx.row(
        f"""
        INSERT INTO spreads (id, kind, order_id, amount_minor, currency, credit_minor, reason, state, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8) ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
        """,
        wanted.key.id,
        wanted.key.kind,
        wanted.order_id,
        wanted.amount_minor,
        wanted.currency,
        credit_minor,
        wanted.reason,
        now,
    )
    return None if row is None else _spread(row)


async def credit_minor(tx: Transaction, order_id: UUID) -> int:
    """What captures that failed took from some payments all the same, and what was taken ahead, less what later
    captures made use of and what was given back. The order's payments are locked."""
    value = await tx.value(
        """
        SELECT greatest(0, least(
            (SELECT coalesce(sum(operations.amount_minor - CASE spreads.state WHEN 'failed' THEN 0
                    ELSE coalesce(operations.asked_minor, operations.amount_minor) END), 0)
                FROM operations LEFT JOIN spreads
                    ON spreads.id = operations.spread_id AND spreads.kind = operations.kind
                WHERE operations.order_id = $1 AND operations.kind = 'capture' AND operations.state = 'succeeded')
            - (SELECT coalesce(sum(credit_minor), 0) FROM spreads
                WHERE order_id = $1 AND kind = 'capture' AND state <> 'failed'),
            (SELECT coalesce(sum(captured_minor - refunded_minor - refunding_minor), 0) FROM payments
                WHERE order_id = $1)))::bigint
        """,
        order_id,
    )
    return int(value)


async def hold_back(tx: Transaction, part: Operation) -> None:
    """Until the parts of outside processors have succeeded, nobody but the spread's driver settles it."""
    await tx.execute(
        "UPDATE operations SET due_at = 'infinity', leased_until = 'infinity' WHERE id = $1 AND kind = $2",
        part.id,
        part.kind,
    )


async def finish(tx: Transaction, spread: Spread, failed: Operation | None, now: datetime) -> bool:
    """False where another finished it."""
    finished = await tx.execute(
        """
        UPDATE spreads SET state = $3, failure_code = $4, declined = $5, settled_at = $6
        WHERE id = $1 AND kind = $2 AND state = 'open'
        """,
        spread.key.id,
        spread.key.kind,
        "succeeded" if failed is None else "failed",
        None if failed is None else failed.failure_code or "failed",
        failed is not None and failed.declined,
        now,
    )
    return finished == 1


async def open_ones(db: Connection, before: datetime, most: int) -> list[Spread]:
    """Begun before then and not at their end: their driver died, or waits for a processor."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM spreads WHERE state = 'open' AND created_at <= $1 ORDER BY created_at LIMIT $2",
        before,
        most,
    )
    return [_spread(row) for row in rows]
