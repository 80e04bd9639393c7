"""Returns as rows. Pieces that come back are held by guarded UPDATEs of the order's lines: none comes back twice.

Order of locks, which keeps this service free of deadlocks: the order's row first, then its lines and returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.after_sale import RETURN_TRANSITIONS, Parcelled, Pieces, origins
from tradewind.services.order.shapes.returns import ReceivedPiece, ReturnLineInput


class ReturnLineRecord(msgspec.Struct, frozen=True):
    sku: str
    quantity: int
    reason: str
    note: str
    restock: int = 0
    damaged: int = 0
    quality_control: int = 0
    written_off: int = 0

    @property
    def received(self) -> int:
        return self.restock + self.damaged + self.quality_control + self.written_off


class ReceiptRecord(msgspec.Struct, frozen=True):
    receipt_id: UUID
    return_id: UUID
    order_id: UUID
    state: str
    pieces: list[ReceivedPiece]
    note: str
    actor: str
    created_at: datetime
    failure: str | None = None


class ReturnRecord(msgspec.Struct, frozen=True):
    """A return with its lines and the parcels of it that were opened."""

    return_id: UUID
    order_id: UUID
    number: int
    state: str
    note: str
    by_customer: bool
    actor: str
    created_at: datetime
    updated_at: datetime
    lines: list[ReturnLineRecord] = []
    receipts: list[ReceiptRecord] = []
    decision: str | None = None
    carrier: str = ""
    label: str = ""
    inspection: str | None = None
    refund_id: UUID | None = None
    fee_minor: int = 0
    shipping_minor: int = 0
    given_minor: int = 0  # by claims, before its pieces came: its refund is less by that
    edit_id: UUID | None = None


_decode = msgspec.json.Decoder(ReturnRecord).decode
_decode_receipt = msgspec.json.Decoder(ReceiptRecord).decode
_SELECT = """
    SELECT (to_jsonb(r) || jsonb_build_object(
        'lines', (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.sku) FROM order_return_lines l
                  WHERE l.return_id = r.return_id),
        'receipts', coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.created_at, c.receipt_id)
                  FROM order_return_receipts c WHERE c.return_id = r.return_id), '[]')))::text
    FROM order_returns r
"""


async def load(db: Connection, return_id: UUID) -> ReturnRecord | None:
    text = await db.value(f"{_SELECT} WHERE r.return_id = $1", return_id)
    return None if text is None else _decode(text)


async def of_order(db: Connection, order_id: UUID) -> list[ReturnRecord]:
    rows = await db.fetch(f"{_SELECT} WHERE r.order_id = $1 ORDER BY r.number", order_id)
    return [_decode(row[0]) for row in rows]


async def parcelled(db: Connection, order_id: UUID) -> list[Parcelled]:
    """What left in the order's parcels, and when it arrived (or left)."""
    rows = await db.fetch(
        """
        SELECT piece ->> 'sku' AS sku, (piece ->> 'quantity')::int AS quantity,
            coalesce(f.delivered_at, f.shipped_at) AS at
        FROM fulfilments f, jsonb_array_elements(f.lines) AS piece
        WHERE f.order_id = $1 AND f.state IN ('shipped', 'delivered')
        """,
        order_id,
    )
    return [Parcelled(row["sku"], row["quantity"], row["at"]) for row in rows]


async def hold_pieces(tx: Transaction, order_id: UUID, pieces: Sequence[Pieces]) -> bool:
    """Count these as on their way back. False when one has fewer that were sent and are not coming back.

    The order is locked: parcels cannot leave meanwhile.
    """
    held = await tx.execute(
        """
        WITH sent AS (
            SELECT piece ->> 'sku' AS sku, sum((piece ->> 'quantity')::int) AS quantity
            FROM fulfilments f, jsonb_array_elements(f.lines) AS piece
            WHERE f.order_id = $1 AND f.state IN ('shipped', 'delivered') GROUP BY 1)
        UPDATE order_lines l SET returning_quantity = l.returning_quantity + wanted.quantity
        FROM unnest($2::text[], $3::int[]) AS wanted (sku, quantity) JOIN sent USING (sku)
        WHERE l.order_id = $1 AND l.sku = wanted.sku
          AND l.returning_quantity + l.returned_quantity + wanted.quantity <= sent.quantity
        """,
        order_id,
        [piece.sku for piece in pieces],
        [piece.quantity for piece in pieces],
    )
    return held == len(pieces)


async def insert(
    tx: Transaction, record: ReturnRecord, lines: Sequence[ReturnLineInput], edit_id: UUID | None = None
) -> None:
    """With the next number of its order, which is locked. `lines` have one entry a SKU."""
    await tx.execute(
        """
        WITH made AS (
            INSERT INTO order_returns (return_id, order_id, number, state, note, by_customer, actor, edit_id,
                created_at, updated_at)
            SELECT $1, $2, 1 + count(*), $3, $4, $5, $6, $7, $8, $8 FROM order_returns WHERE order_id = $2
            RETURNING return_id)
        INSERT INTO order_return_lines (return_id, sku, quantity, reason, note)
        SELECT made.return_id, l.* FROM made,
            unnest($9::text[], $10::int[], $11::text[], $12::text[]) AS l (sku, quantity, reason, note)
        """,
        record.return_id,
        record.order_id,
        record.state,
        record.note,
        record.by_customer,
        record.actor,
        edit_id,
        record.created_at,
        [line.sku for line in lines],
        [line.quantity for line in lines],
        [line.reason for line in lines],
        [line.note for line in lines],
    )


async def move(
    tx: Transaction,
    return_id: UUID,
    to: str,
    now: datetime,
    *,
    decision: str | None = None,
    carrier: str | None = None,
    label: str | None = None,
) -> bool:
    """False unless its state allows that. The order is locked."""
    return bool(
        await tx.execute(
            """
            UPDATE order_returns SET state = $2, updated_at = $3, decision = coalesce($4, decision),
                carrier = coalesce($5, carrier), label = coalesce($6, label)
            WHERE return_id = $1 AND state = ANY ($7::text[])
            """,
            return_id,
            to,
            now,
            decision,
            carrier,
            label,
            origins(RETURN_TRANSITIONS, to),
        )
    )


async def let_go(tx: Transaction, return_id: UUID) -> None:
    """What was to come back and is not here does not come any more. The order is locked."""
    await tx.execute(
        """
        UPDATE order_lines o SET returning_quantity = o.returning_quantity
            - (l.quantity - l.restock - l.damaged - l.quality_control - l.written_off)
        FROM order_return_lines l JOIN order_returns r USING (return_id)
        WHERE r.return_id = $1 AND o.order_id = r.order_id AND o.sku = l.sku
        """,
        return_id,
    )


async def open_receipt(tx: Transaction, receipt: ReceiptRecord, resume_at: datetime) -> bool:
    """Count the pieces as received in their conditions and write the receipt down. The order is locked.

    False when the return is not to be received, or more came than was to come.
    """
    counted = await _count(tx, receipt, 1)
    if counted != len({piece.sku for piece in receipt.pieces}):
        return False
    await tx.execute(
        """
        INSERT INTO order_return_receipts (receipt_id, return_id, order_id, state, pieces, note, actor, resume_at,
            created_at)
        VALUES ($1, $2, $3, 'requested', $4::jsonb, $5, $6, $7, $8)
        """,
        receipt.receipt_id,
        receipt.return_id,
        receipt.order_id,
        msgspec.json.encode(receipt.pieces).decode(),
        receipt.note,
        receipt.actor,
        resume_at,
        receipt.created_at,
    )
    return True


async def _count(tx: Transaction, receipt: ReceiptRecord, sign: int) -> int:
    return await tx.execute(
        """
        WITH came AS (
            SELECT piece ->> 'sku' AS sku, sum((piece ->> 'quantity')::int) AS quantity,
                sum((piece ->> 'quantity')::int) FILTER (WHERE piece ->> 'condition' = 'restock') AS restock,
                sum((piece ->> 'quantity')::int) FILTER (WHERE piece ->> 'condition' = 'damaged') AS damaged,
                sum((piece ->> 'quantity')::int) FILTER (WHERE piece ->> 'condition' = 'quality_control') AS checked,
                sum((piece ->> 'quantity')::int) FILTER (WHERE piece ->> 'condition' = 'written_off') AS gone
            FROM jsonb_array_elements($2::jsonb) AS piece GROUP BY 1)
        UPDATE order_return_lines l SET restock = l.restock + $3 * coalesce(came.restock, 0),
            damaged = l.damaged + $3 * coalesce(came.damaged, 0),
            quality_control = l.quality_control + $3 * coalesce(came.checked, 0),
            written_off = l.written_off + $3 * coalesce(came.gone, 0)
        FROM came, order_returns r
        WHERE l.return_id = $1 AND r.return_id = $1 AND l.sku = came.sku
          AND ($3 < 0 OR (r.state IN ('approved', 'partially_received') AND r.refund_id IS NULL AND
            l.restock + l.damaged + l.quality_control + l.written_off + came.quantity <= l.quantity))
        """,
        receipt.return_id,
        msgspec.json.encode(receipt.pieces).decode(),
        sign,
    )


async def load_receipt(db: Connection, receipt_id: UUID) -> ReceiptRecord | None:
    text = await db.value(
        "SELECT to_jsonb(c)::text FROM order_return_receipts c WHERE c.receipt_id = $1", receipt_id
    )
    return None if text is None else _decode_receipt(text)


async def finish_taken(tx: Transaction, receipt: ReceiptRecord, now: datetime) -> bool:
    """Its pieces are in stock, or written off: the lines and the return are moved on. The order is locked.

    False when this was recorded before.
    """
    moved = await tx.execute(
        """
        UPDATE order_return_receipts SET state = 'taken', finished_at = $2, resume_at = NULL
        WHERE receipt_id = $1 AND state = 'requested'
        """,
        receipt.receipt_id,
        now,
    )
    if not moved:
        return False
    await tx.execute(
        """
        WITH came AS (
            SELECT piece ->> 'sku' AS sku, sum((piece ->> 'quantity')::int) AS quantity
            FROM jsonb_array_elements($2::jsonb) AS piece GROUP BY 1)
        UPDATE order_lines l SET returning_quantity = l.returning_quantity - came.quantity,
            returned_quantity = l.returned_quantity + came.quantity
        FROM came WHERE l.order_id = $1 AND l.sku = came.sku
        """,
        receipt.order_id,
        msgspec.json.encode(receipt.pieces).decode(),
    )
    await tx.execute(
        """
        UPDATE order_returns r SET updated_at = $2, inspection = concat_ws(E'\\n', r.inspection, nullif($3, '')),
            state = CASE WHEN EXISTS (SELECT 1 FROM order_return_receipts c
                                      WHERE c.return_id = r.return_id AND c.state = 'requested')
                      OR EXISTS (SELECT 1 FROM order_return_lines l WHERE l.return_id = r.return_id
                                 AND l.restock + l.damaged + l.quality_control + l.written_off < l.quantity)
                    THEN 'partially_received' ELSE 'received' END
        WHERE r.return_id = $1
        """,
        receipt.return_id,
        now,
        receipt.note,
    )
    return True


async def finish_failed(tx: Transaction, receipt: ReceiptRecord, failure: str, now: datetime) -> bool:
    """Nothing was taken into stock: the pieces may be received again. False when this was recorded before."""
    moved = await tx.execute(
        """
        UPDATE order_return_receipts SET state = 'failed', failure = $2, finished_at = $3, resume_at = NULL
        WHERE receipt_id = $1 AND state = 'requested'
        """,
        receipt.receipt_id,
        failure,
        now,
    )
    if moved:
        await _count(tx, receipt, -1)
    return bool(moved)


async def begin_refund(
    tx: Transaction, return_id: UUID, refund_id: UUID, fee_minor: int, shipping_minor: int, now: datetime
) -> bool:
    """Say which refund gives its money back. False when another does, or it has nothing to be refunded for.

    The order is locked. A parcel that is just being taken into stock is waited for.
    """
    return bool(
        await tx.execute(
            """
            UPDATE order_returns r SET refund_id = $2, fee_minor = $3, shipping_minor = $4, updated_at = $5
            WHERE return_id = $1 AND refund_id IS NULL AND state IN ('partially_received', 'received')
              AND NOT EXISTS (SELECT 1 FROM order_return_receipts c
                              WHERE c.return_id = r.return_id AND c.state = 'requested')
            """,
            return_id,
            refund_id,
            fee_minor,
            shipping_minor,
            now,
        )
    )


async def shipping_refunded(db: Connection, order_id: UUID) -> int:
    """What of the order's shipping its returns gave back, or are giving back."""
    return int(
        await db.value(
            """
            SELECT coalesce(sum(shipping_minor), 0)::bigint FROM order_returns
            WHERE order_id = $1 AND refund_id IS NOT NULL
            """,
            order_id,
        )
    )


async def take_due(db: Connection, now: datetime, lease_until: datetime, most: int) -> list[UUID]:
    """Receipts left in the middle, each lent to this caller until `lease_until`."""
    rows = await db.fetch(
        """
        UPDATE order_return_receipts SET resume_at = $2 WHERE receipt_id IN (
            SELECT receipt_id FROM order_return_receipts WHERE resume_at <= $1
            ORDER BY resume_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING receipt_id
        """,
        now,
        lease_until,
        most,
    )
    return [row["receipt_id"] for row in rows]
