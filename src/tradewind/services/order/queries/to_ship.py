"""What of orders may be picked and packed now, for whoever does it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from tradewind.contracts.order import PiecesToShip, ToShip
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import FULFILLABLE, UNPAID, State
from tradewind.services.order.paying import transfers_awaited_minor

_ORDERS = """
    SELECT o.order_id, o.state, o.held_at IS NOT NULL AS held, o.spare_minor,
        o.payment_method = 'bank_transfer' OR o.payments > 1 AS by_transfer, jsonb_agg(jsonb_build_object(
            'sku', l.sku,
            'quantity', asked.pieces + greatest(0, l.quantity - l.fulfilled_quantity - l.cancelled_quantity
                - l.awaited_quantity - CASE WHEN o.due_minor > 0 THEN l.unpaid_quantity ELSE 0 END),
            'parcelled', greatest(0, l.fulfilled_quantity - asked.pieces)) ORDER BY l.line)::text AS lines
    FROM orders o JOIN order_lines l USING (order_id) CROSS JOIN LATERAL (
        SELECT coalesce(sum((part ->> 'quantity')::int), 0)::int AS pieces
        FROM fulfilments f, jsonb_array_elements(f.lines) AS part
        WHERE f.order_id = o.order_id AND f.state = 'requested' AND part ->> 'sku' = l.sku) AS asked
    WHERE o.order_id = ANY ($1::uuid[]) AND l.kind <> 'custom' GROUP BY o.order_id
"""
_lines = msgspec.json.Decoder(list[PiecesToShip]).decode


async def to_ship(deps: Deps, order_ids: list[UUID]) -> list[ToShip]:
    """As contracts/order.py promises. Only where a transfer may be awaited, the payments are asked."""
    found = []
    for row in await deps.db.fetch(_ORDERS, order_ids):
        stopped = _stopped(State(row["state"]), held=row["held"])
        if stopped is None and row["by_transfer"]:
            paid = await deps.payment.payments_of(row["order_id"])
            stopped = "unpaid" if transfers_awaited_minor(paid) > row["spare_minor"] else None
        lines = _lines(row["lines"])
        if stopped is not None:
            lines = [msgspec.structs.replace(line, quantity=0) for line in lines]
        found.append(ToShip(row["order_id"], stopped, lines))
    return found


def _stopped(state: State, *, held: bool) -> Literal["held", "unpaid", "ended"] | None:
    if state in UNPAID or state is State.DRAFT:
        return "unpaid"
    if state not in FULFILLABLE:
        return "ended"
    return "held" if held else None
