"""Writes to purchase orders, and to what came of them and at which cost. The order's row is locked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.domain.purchasing import Came, Ordered, moving_average


@dataclass(frozen=True)
class Header:
    purchase_order_id: UUID
    number: str
    supplier: str
    warehouse: str
    currency: str
    state: str
    expected_on: date


@dataclass(frozen=True)
class NewLine:
    sku: str
    supplier_sku: str
    packs: int
    pack_size: int
    pack_price_minor: int
    weight_grams: int | None
    most: int


async def insert(
    tx: Transaction, header: Header, supplier_reference: str, note: str, actor: str, now: datetime
) -> None:
    await tx.execute(
        """
        INSERT INTO purchase_orders (purchase_order_id, number, supplier, warehouse, currency, state, version,
            expected_on, supplier_reference, note, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $11)
        """,
        header.purchase_order_id,
        header.number,
        header.supplier,
        header.warehouse,
        header.currency,
        header.state,
        header.expected_on,
        supplier_reference,
        note,
        actor,
        now,
    )


async def replace_lines(tx: Transaction, purchase_order_id: UUID, lines: Sequence[NewLine]) -> None:
    """Of a draft."""
    await tx.execute("DELETE FROM purchase_order_lines WHERE purchase_order_id = $1", purchase_order_id)
    await tx.execute_many(
        """
        INSERT INTO purchase_order_lines (purchase_order_id, sku, supplier_sku, packs, pack_size,
            pack_price_minor, weight_grams, quantity, most)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        [
            (
                purchase_order_id,
                line.sku,
                line.supplier_sku,
                line.packs,
                line.pack_size,
                line.pack_price_minor,
                line.weight_grams,
                line.packs * line.pack_size,
                line.most,
            )
            for line in lines
        ],
    )


async def header(tx: Transaction, purchase_order_id: UUID) -> Header:
    """Of an order that the caller has locked."""
    row = await tx.row(
        """
        SELECT purchase_order_id, number, supplier, warehouse, currency, state, expected_on
        FROM purchase_orders WHERE purchase_order_id = $1
        """,
        purchase_order_id,
    )
    assert row is not None, "the caller holds it"
    return Header(*row)


async def ordered(connection: Connection, purchase_order_id: UUID) -> dict[str, Ordered]:
    """Its lines by SKU."""
    rows = await connection.fetch(
        """
        SELECT sku, quantity, most, received + damaged, pack_size, pack_price_minor, weight_grams
        FROM purchase_order_lines WHERE purchase_order_id = $1 ORDER BY sku
        """,
        purchase_order_id,
    )
    return {row["sku"]: Ordered(*row) for row in rows}


async def change(
    tx: Transaction,
    purchase_order_id: UUID,
    expected_on: date | None,
    supplier_reference: str | None,
    note: str | None,
) -> None:
    await tx.execute(
        """
        UPDATE purchase_orders SET expected_on = coalesce($2::date, expected_on),
            supplier_reference = coalesce($3, supplier_reference), note = coalesce($4, note)
        WHERE purchase_order_id = $1
        """,
        purchase_order_id,
        expected_on,
        supplier_reference,
        note,
    )


async def mark_placed(tx: Transaction, purchase_order_id: UUID, now: datetime) -> None:
    await tx.execute(
        "UPDATE purchase_orders SET placed_at = $2, promised_on = expected_on WHERE purchase_order_id = $1",
        purchase_order_id,
        now,
    )


async def mark_complete(tx: Transaction, purchase_order_id: UUID, now: datetime) -> None:
    await tx.execute(
        "UPDATE purchase_orders SET completed_at = $2 WHERE purchase_order_id = $1", purchase_order_id, now
    )


async def sent_before(connection: Connection, purchase_order_id: UUID, reference: str) -> str | None:
    """As it was asked for under this reference; None before it."""
    sent: str | None = await connection.value(
        "SELECT sent FROM purchase_receipts WHERE purchase_order_id = $1 AND reference = $2",
        purchase_order_id,
        reference,
    )
    return sent


@dataclass(frozen=True)
class Cost:
    """What one line of a delivery cost."""

    outstanding: int
    goods_minor: int
    costs_minor: int


async def add_receipt(
    tx: Transaction, order: Header, reference: str, sent: str, costs_minor: int, actor: str, now: datetime
) -> None:
    await tx.execute(
        """
        INSERT INTO purchase_receipts (purchase_order_id, reference, sent, costs_minor, actor, at)
        VALUES ($1, $2, $3::jsonb, $4, $5, $6)
        """,
        order.purchase_order_id,
        reference,
        sent,
        costs_minor,
        actor,
        now,
    )


async def add_receipt_lines(
    tx: Transaction, order: Header, reference: str, lines: Sequence[tuple[Came, Cost]], now: datetime
) -> None:
    """Counts them on the order's lines. Raises CheckViolation of purchase_order_lines_within_most."""
    await tx.execute_many(
        """
        WITH counted AS (
            UPDATE purchase_order_lines
            SET received = received + $4, damaged = damaged + $5, refused = refused + $6
            WHERE purchase_order_id = $1 AND sku = $3 RETURNING sku)
        INSERT INTO purchase_receipt_lines (purchase_order_id, reference, sku, received, damaged, refused,
            outstanding, goods_minor, costs_minor, currency, at)
        SELECT $1, $2, sku, $4, $5, $6, $7, $8, $9, $10, $11 FROM counted
        """,
        [
            (
                order.purchase_order_id,
                reference,
                came.sku,
                came.received,
                came.damaged,
                came.refused,
                cost.outstanding,
                cost.goods_minor,
                cost.costs_minor,
                order.currency,
                now,
            )
            for came, cost in lines
        ],
    )


async def add_costs(
    tx: Transaction, currency: str, lines: Sequence[tuple[Came, Cost]], now: datetime
) -> None:
    """The moving average of each SKU, whose stock this transaction has locked and already raised."""
    skus = [came.sku for came, _ in lines if came.taken]
    rows = await tx.fetch(
        """
        SELECT sku, sum(on_hand + damaged)::bigint AS pieces, (
            SELECT average_minor FROM sku_costs WHERE sku_costs.sku = stock.sku AND currency = $2) AS average
        FROM stock WHERE sku = ANY ($1::text[]) GROUP BY sku
        """,
        skus,
        currency,
    )
    known = {row["sku"]: (row["pieces"], row["average"]) for row in rows}
    values = []
    for came, cost in lines:
        if came.taken:
            pieces, average = known[came.sku]
            paid = cost.goods_minor + cost.costs_minor
            now_average = moving_average(average, pieces - came.taken, paid, came.taken)
            values.append((came.sku, currency, now_average, Decimal(paid) / came.taken, now))
    await tx.execute_many(
        """
        INSERT INTO sku_costs (sku, currency, average_minor, last_minor, updated_at)
        VALUES ($1, $2, round($3::numeric, 6), round($4::numeric, 6), $5)
        ON CONFLICT (sku, currency) DO UPDATE
        SET average_minor = round($3::numeric, 6), last_minor = round($4::numeric, 6), updated_at = $5
        """,
        values,
    )
