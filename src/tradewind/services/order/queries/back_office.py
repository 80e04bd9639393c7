"""What staff want to know at a glance: what waits for somebody, and what a customer has bought."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection
from tradewind.services.order.shapes.orders import Attention, CustomerSummary
from tradewind.services.order.store.order_facts import AWAITS_TRANSFER

LONG = timedelta(minutes=5)  # far above what stock, a card processor and the jobs need


async def attention(db: Connection, now: datetime) -> Attention:
    """One statement, along the index of states; what is under way has a time to be resumed, and so an index too."""
    row = await db.row(
        f"""
        SELECT count(*) FILTER (WHERE state = 'payment_failed') AS payment_failed,
            count(*) FILTER (WHERE state = 'action_required') AS action_required,
            count(*) FILTER (WHERE state = 'pending' AND created_at < $1) AS pending_too_long,
            count(*) FILTER (WHERE to_fulfil AND NOT held AND NOT awaits) AS to_fulfil,
            min(placed_at) FILTER (WHERE to_fulfil AND NOT held AND NOT awaits) AS oldest_to_fulfil_at,
            count(*) FILTER (WHERE held) AS held,
            count(*) FILTER (WHERE awaits) AS awaiting_transfer,
            (SELECT count(*) FROM fulfilments
                WHERE state = 'shipping' AND resume_at IS NOT NULL AND created_at < $1) AS parcels_too_long,
            (SELECT count(*) FROM order_refunds
                WHERE state = 'requested' AND resume_at IS NOT NULL) AS refunds_under_way,
            (SELECT count(*) FROM order_refunds WHERE state = 'failed' AND finished_at > $2) AS refunds_failed
        FROM (SELECT o.state, o.created_at, o.placed_at, {AWAITS_TRANSFER} AS awaits, o.held_at IS NOT NULL AS held,
                o.state IN ('placed', 'partially_fulfilled') AS to_fulfil
            FROM orders o
            WHERE o.state IN ('pending', 'action_required', 'payment_failed', 'placed', 'partially_fulfilled')) AS o
        """,
        now - LONG,
        now - timedelta(days=7),
    )
    assert row is not None, "an aggregate has one row"
    return Attention(*(row[name] for name in Attention.__struct_fields__))


async def customer_summary(db: Connection, account_id: UUID) -> CustomerSummary:
    """Of what was placed and not cancelled; an account that ordered nothing has zeros."""
    row = await db.row(
        """
        SELECT coalesce(sum(orders), 0)::bigint AS orders,
            coalesce(jsonb_object_agg(currency, spent) FILTER (WHERE currency IS NOT NULL), '{}')::text AS spent,
            min(first_at) AS first_at, max(last_at) AS last_at
        FROM (
            SELECT currency, count(*) AS orders, sum(total_minor - cancelled_minor - refunded_minor)::bigint AS spent,
                min(placed_at) AS first_at, max(placed_at) AS last_at
            FROM orders WHERE account_id = $1 AND placed_at IS NOT NULL AND state NOT IN ('cancelled', 'expired')
            GROUP BY currency) AS by_currency
        """,
        account_id,
    )
    assert row is not None, "an aggregate has one row"
    spent = msgspec.json.decode(row["spent"], type=dict[str, int])
    return CustomerSummary(account_id, row["orders"], spent, row["first_at"], row["last_at"])
