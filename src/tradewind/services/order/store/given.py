"""What was given for an order's pieces before they came back themselves: by claims, and by refunds by hand."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradewind.contracts.common import share_out
from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.after_sale import Given
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store.orders import LineRecord

_decode = msgspec.json.Decoder(list[FulfilLine]).decode


async def before(tx: Transaction, order_id: UUID, lines: Sequence[LineRecord]) -> dict[str, list[Given]]:
    """By SKU, of pieces that were sent; those paid back whole, or replaced free of charge, first. The order is locked.

    Pieces that claims call missing cannot come back, and are left out.
    """
    by_sku = {line.sku: line for line in lines}
    found: dict[str, list[Given]] = {}
    for sku, quantity in await _by_hand(tx, order_id):
        line = by_sku.get(sku)
        unsent = line.quantity - line.fulfilled_quantity if line else quantity
        if quantity > unsent:
            found.setdefault(sku, []).append(Given(quantity - unsent))
    rows = await tx.fetch(
        """
        SELECT c.lines::text, coalesce(f.amount_minor, 0) AS amount_minor,
            c.outcome = 'replacement' OR f.lines <> '[]' AS whole
        FROM order_claims c LEFT JOIN order_refunds f USING (refund_id)
        WHERE c.order_id = $1 AND c.kind <> 'missing' AND (
            c.outcome = 'replacement' AND c.state IN ('accepted', 'reserved', 'shipping', 'settled')
            OR c.outcome = 'refund' AND f.state IN ('requested', 'succeeded'))
        ORDER BY whole DESC, c.number
        """,
        order_id,
    )
    for row in rows:
        claimed = [piece for piece in _decode(row["lines"]) if piece.sku in by_sku]
        worths = [_worth(by_sku[piece.sku], piece.quantity) for piece in claimed]
        shares = share_out(min(row["amount_minor"], sum(worths)), worths) if sum(worths) else worths
        for piece, share in zip(claimed, shares, strict=True):
            given = Given(piece.quantity) if row["whole"] else Given(piece.quantity, share)
            found.setdefault(piece.sku, []).append(given)
    return found


async def replaced_or_discounted(db: Connection, order_id: UUID) -> dict[str, int]:
    """Pieces by SKU that claims replaced, or gave a part of the price for, and that have not come back."""
    rows = await db.fetch(
        """
        SELECT piece ->> 'sku' AS sku, sum((piece ->> 'quantity')::int)::int AS quantity
        FROM order_claims c LEFT JOIN order_refunds f USING (refund_id), jsonb_array_elements(c.lines) AS piece
        WHERE c.order_id = $1 AND c.kind <> 'missing' AND (
            c.outcome = 'replacement' AND c.state IN ('accepted', 'reserved', 'shipping', 'settled')
            OR c.outcome = 'refund' AND f.lines = '[]' AND f.state IN ('requested', 'succeeded'))
        GROUP BY 1
        """,
        order_id,
    )
    returned = await returned_before(db, order_id, None) if rows else {}
    return {row["sku"]: max(0, row["quantity"] - returned.get(row["sku"], 0)) for row in rows}


async def returned_before(db: Connection, order_id: UUID, return_id: UUID | None) -> dict[str, int]:
    """Pieces by SKU that other returns took for those that something had been given for.

    Who writes what follows from it has the order locked.
    """
    rows = await db.fetch(
        """
        SELECT l.sku, sum(l.restock + l.damaged + l.quality_control + l.written_off)::int AS quantity
        FROM order_returns r JOIN order_return_lines l USING (return_id)
        WHERE r.order_id = $1 AND r.return_id IS DISTINCT FROM $2 AND r.edit_id IS NULL AND NOT r.other_pieces
          AND (r.refund_id IS NOT NULL OR r.state = 'closed')
        GROUP BY l.sku
        """,
        order_id,
        return_id,
    )
    return {row["sku"]: row["quantity"] for row in rows}


async def keep(tx: Transaction, return_id: UUID, given_minor: int, *, other_pieces: bool) -> None:
    """The order is locked, and the return's refund begun."""
    await tx.execute(
        "UPDATE order_returns SET given_minor = $2, other_pieces = $3 WHERE return_id = $1",
        return_id,
        given_minor,
        other_pieces,
    )


async def _by_hand(tx: Transaction, order_id: UUID) -> list[tuple[str, int]]:
    rows = await tx.fetch(
        """
        SELECT piece ->> 'sku' AS sku, sum((piece ->> 'quantity')::int)::int AS quantity
        FROM order_refunds f, jsonb_array_elements(f.lines) AS piece
        WHERE f.order_id = $1 AND f.state IN ('requested', 'succeeded')
          AND NOT EXISTS (SELECT 1 FROM order_claims c WHERE c.refund_id = f.refund_id)
          AND NOT EXISTS (SELECT 1 FROM order_returns r WHERE r.refund_id = f.refund_id)
          AND NOT EXISTS (SELECT 1 FROM order_edits e WHERE e.refund_id = f.refund_id)
        GROUP BY 1
        """,
        order_id,
    )
    return [(row["sku"], row["quantity"]) for row in rows]


def _worth(line: LineRecord, quantity: int) -> int:
    return line.total_minor * quantity // line.quantity
