"""What order, inventory and payment must agree on. What an event still has to tell is given time for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from tradewind.kernel.compose import Runtime

GIVEN = timedelta(minutes=10)
HELD = ("placed", "partially_fulfilled", "fulfilled", "partially_returned", "returned")
ENDED = ("cancelled", "expired")


@dataclass
class Facts:
    """One order, as each of the three services knows it."""

    state: str
    total_minor: int  # that is to be authorised: after edits and cancellations it is not the order's
    captured_minor: int
    refunded_minor: int
    disputed_minor: int  # by disputes that are open or lost, of what was not given back before
    updated_at: datetime
    ordered: Counter[str]
    fulfilled: Counter[str]
    capture_minor: int  # what its shipped parcels were to capture
    amending: bool  # pieces were cancelled, or edited, that inventory is just being told of
    held: Counter[str] = field(default_factory=Counter)
    shipped: Counter[str] = field(default_factory=Counter)
    payment: dict[str, int | str] | None = None


async def check_orders(runtime: Runtime, *, settled: bool) -> dict[str, list[str]]:
    facts = await _facts(runtime)
    before = datetime.now(UTC) - (timedelta() if settled else GIVEN)
    broken: dict[str, list[str]] = {
        "orders: what is placed is held or shipped, piece for piece": [],
        "orders: what is placed is authorised, once, for its total": [],
        "orders: what is cancelled holds no stock": [],
        "orders: what is cancelled holds no money": [],
        "orders: captured, refunded and disputed are what the payment says": [],
        "orders: parcels that left were captured for": [],
        "payments belong to orders": [],
    }
    names = list(broken)
    for order_id, order in facts.items():
        at_rest = order.updated_at <= before
        for index, wrong in _wrong(order, at_rest):
            broken[names[index]].append(f"order {order_id} ({order.state}): {wrong}")
    broken[names[6]] += await _strangers(runtime, set(facts))
    return broken


def _wrong(order: Facts, at_rest: bool) -> Iterator[tuple[int, str]]:
    """Index of the check, and what breaks it."""
    payment = order.payment or {}
    if order.state in HELD:
        if not order.amending and +(order.held + order.shipped) != +order.ordered:
            yield 0, f"ordered {dict(order.ordered)}, held {dict(order.held)}, shipped {dict(order.shipped)}"
        if order.total_minor and payment.get("authorised_minor") != order.total_minor:
            yield 1, f"total {order.total_minor}, payment {payment or 'none'}"
        if int(payment.get("captured_minor", 0)) < order.capture_minor:
            yield 5, f"parcels captured {order.capture_minor}, payment {payment}"
    if order.state in ENDED and at_rest:
        if +order.held:
            yield 2, f"still holds {dict(+order.held)}"
        if payment and (payment["kept_minor"] or payment.get("state") == "authorised"):
            yield 3, f"payment {payment}"
    if at_rest:
        told = (order.captured_minor, order.refunded_minor, order.disputed_minor)
        known = tuple(int(payment.get(f"{name}_minor", 0)) for name in ("captured", "refunded", "disputed"))
        if told != known:
            yield 4, f"order knows captured, refunded, disputed {told}, payment {known}"


async def _facts(runtime: Runtime) -> dict[UUID, Facts]:
    orders = await runtime.running["order"].database.fetch(
        """
        SELECT o.order_id, o.state,
            o.total_minor - o.cancelled_minor + o.adjustment_minor + o.spare_minor - o.due_minor AS total_minor,
            o.captured_minor, o.refunded_minor, o.disputed_minor + o.charged_back_minor AS disputed_minor,
            o.updated_at,
            (SELECT jsonb_object_agg(sku, quantity - cancelled_quantity) FROM order_lines l
             WHERE l.order_id = o.order_id AND l.kind <> 'custom') AS ordered,
            o.amending_id IS NOT NULL OR EXISTS (SELECT 1 FROM order_cancellations c
                WHERE c.order_id = o.order_id AND c.state = 'requested') AS amending,
            (SELECT jsonb_object_agg(sku, fulfilled_quantity) FROM order_lines l
             WHERE l.order_id = o.order_id) AS fulfilled,
            coalesce((SELECT sum(capture_minor) FROM fulfilments f WHERE f.order_id = o.order_id
                      AND f.state IN ('shipped', 'delivered')), 0)::bigint AS capture_minor
        FROM orders o WHERE o.origin <> 'import'
        """
    )
    facts = {
        row["order_id"]: Facts(
            row["state"],
            row["total_minor"],
            row["captured_minor"],
            row["refunded_minor"],
            row["disputed_minor"],
            row["updated_at"],
            Counter(msgspec.json.decode(row["ordered"] or "{}", type=dict[str, int])),
            Counter(msgspec.json.decode(row["fulfilled"] or "{}", type=dict[str, int])),
            row["capture_minor"],
            row["amending"],
        )
        for row in orders
    }
    await _add_stock(runtime, facts)
    await _add_payments(runtime, facts)
    return facts


async def _add_stock(runtime: Runtime, facts: dict[UUID, Facts]) -> None:
    allocations = await runtime.running["inventory"].database.fetch(
        """
        WITH piece AS (
            SELECT owner_id, sku, quantity - shipped - released AS held, shipped FROM allocations
            UNION ALL
            SELECT owner_id, sku, quantity - allocated - cancelled, 0 FROM backorders
            UNION ALL
            SELECT owner_id, sku, quantity - shipped - released, shipped FROM reservation_bundles
            UNION ALL  -- what a bundle draws on is held for it, and not ordered by itself
            SELECT owner_id, part.key, -part.value::int * (quantity - shipped - released),
                -part.value::int * shipped
            FROM reservation_bundles, jsonb_each_text(parts) AS part
        )
        SELECT owner_id, sku, sum(held)::int AS held, sum(shipped)::int AS shipped
        FROM piece GROUP BY owner_id, sku
        """
    )
    for row in allocations:
        if row["owner_id"] in facts:
            order = facts[row["owner_id"]]
            order.held[row["sku"]] += row["held"]
            order.shipped[row["sku"]] += row["shipped"]


async def _add_payments(runtime: Runtime, facts: dict[UUID, Facts]) -> None:
    payments = await runtime.running["payment"].database.fetch(
        """
        SELECT order_id, sum(authorised_minor) FILTER (
                WHERE state = 'authorised' OR void_reason = 'order_complete')::bigint AS authorised_minor,
            sum(captured_minor)::bigint AS captured_minor, sum(refunded_minor)::bigint AS refunded_minor,
            sum(greatest(0, captured_minor - refunded_minor - disputed_minor))::bigint AS kept_minor,
            coalesce((SELECT sum(held_minor) FROM disputes WHERE disputes.order_id = payments.order_id
                AND disputes.state <> 'won'), 0)::bigint AS disputed_minor,
            CASE WHEN bool_or(state = 'authorised' AND captured_minor = 0) THEN 'authorised' ELSE 'closed' END
                AS state
        FROM payments GROUP BY order_id
        """
    )
    for row in payments:
        if row["order_id"] in facts:
            names = (
                "state",
                "authorised_minor",
                "captured_minor",
                "refunded_minor",
                "disputed_minor",
                "kept_minor",
            )
            facts[row["order_id"]].payment = {name: row[name] or 0 for name in names}


async def _strangers(runtime: Runtime, orders: set[UUID]) -> list[str]:
    """Money that no order knows of. (Stock may be held by others than orders: staff, integrations.)"""
    rows = await runtime.running["payment"].database.fetch("SELECT order_id FROM payments WHERE attempt > 0")
    return [
        f"a payment for order {row['order_id']}, which does not exist"
        for row in rows
        if row["order_id"] not in orders
    ]
