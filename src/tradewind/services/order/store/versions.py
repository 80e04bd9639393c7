"""An order as it was: today's rows with every later change undone, newest first (migration 0007 keeps the changes).

The statement that reads an order reads tables by their names; here each of those names stands for the rows of the
asked moment. So whatever an order's document holds of these tables, it holds as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection
from tradewind.services.order.domain.timeline import Change
from tradewind.services.order.store import orders
from tradewind.services.order.store.orders import OrderRecord

# Which of its rows of one order is meant, as the triggers write it; and whose the row is. Parents first.
KEPT: dict[str, tuple[str, str]] = {
    "orders": ("''", "r.order_id = $1"),
    "order_lines": ("r.line::text", "r.order_id = $1"),
    "order_promotions": ("r.position::text", "r.order_id = $1"),
    "fulfilments": ("r.fulfilment_id::text", "r.order_id = $1"),
    "order_refunds": ("r.refund_id::text", "r.order_id = $1"),
    "order_cancellations": ("r.cancellation_id::text", "r.order_id = $1"),
    "order_returns": ("r.return_id::text", "r.order_id = $1"),
    "order_return_lines": (
        "concat_ws('/', r.return_id, r.sku)",
        "r.return_id IN (SELECT o.return_id FROM order_returns o WHERE o.order_id = $1)",
    ),
    "order_edits": ("r.edit_id::text", "r.order_id = $1"),
    "order_claims": ("r.claim_id::text", "r.order_id = $1"),
}
# Tables of an order that its document does not show, or that are never changed once written.
NOT_KEPT = frozenset(
    {
        "order_changes",
        "order_documents",
        "order_drafts",
        "order_history",
        "order_payments",
        "order_return_receipts",
        "order_words",
        "discount_uses",
        "promotion_uses",
    }
)
_decode_change = msgspec.json.Decoder(Change).decode
_PRESENT = " UNION ALL ".join(
    f"SELECT '{relation}' AS relation, {key} AS row_key, to_jsonb(r) AS row FROM {relation} r WHERE {owner}"
    for relation, (key, owner) in KEPT.items()
)
_UNDONE = """
    undone AS MATERIALIZED (
        SELECT DISTINCT ON (c.relation, c.row_key) c.relation, c.row_key, c.before
        FROM order_changes c
        WHERE c.order_id = $1 AND c.relation <> 'beginning' AND c.change > coalesce((
            SELECT max(k.change) FROM order_changes k WHERE k.order_id = $1 AND k.at <= $2), 0)
        ORDER BY c.relation, c.row_key, c.change)
"""
_HISTORY = """
    order_history AS (
        SELECT h.* FROM order_history h, orders o WHERE h.order_id = $1 AND h.sequence <= o.version)
"""


async def beginning(db: Connection, order_id: UUID) -> datetime | None:
    """From when on it is known what the order was; None for no order. Imported orders, and those that are older
    than this record, are known from then on."""
    since: datetime | None = await db.value(
        """
        SELECT coalesce(max(c.at), (SELECT o.created_at FROM orders o WHERE o.order_id = $1))
        FROM order_changes c WHERE c.order_id = $1 AND c.relation = 'beginning'
        """,
        order_id,
    )
    return since


async def load_as_of(db: Connection, order_id: UUID, moment: datetime) -> OrderRecord | None:
    """After all that was committed with a moment up to this one. Not before its `beginning`."""
    return await orders.load_among(db, _RELATIONS, order_id, moment)


def _as_it_was(relation: str, key: str, owner: str) -> str:
    """A column that came later than a change has its value of today."""
    return f"""
    {relation} AS (
        SELECT p.* FROM {relation} r LEFT JOIN undone u ON u.relation = '{relation}' AND u.row_key = {key},
            LATERAL jsonb_populate_record(r, coalesce(u.before, '{{}}')) AS p
        WHERE {owner} AND (u.row_key IS NULL OR u.before IS NOT NULL)
        UNION ALL
        SELECT p.* FROM undone u, LATERAL jsonb_populate_record(NULL::{relation}, u.before) AS p
        WHERE u.relation = '{relation}' AND u.before IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM {relation} r WHERE {owner} AND {key} = u.row_key))
    """


_RELATIONS = ", ".join(
    (_UNDONE, *(_as_it_was(relation, key, owner) for relation, (key, owner) in KEPT.items()), _HISTORY)
)


async def changes(db: Connection, order_id: UUID, versions: Sequence[int]) -> dict[int, list[Change]]:
    """By version, what each of its rows was before it and after."""
    rows = await db.fetch(
        f"""
        WITH present AS ({_PRESENT}),
        kept AS (
            SELECT c.version, c.relation, c.row_key, c.change, c.before, c.at,
                lead(c.change) OVER later AS next, lead(c.before) OVER later AS next_before
            FROM order_changes c WHERE c.order_id = $1 AND c.relation <> 'beginning'
            WINDOW later AS (PARTITION BY c.relation, c.row_key ORDER BY c.change)),
        told AS (
            SELECT k.version, k.relation, k.row_key, min(k.change) AS first, max(k.change) AS last
            FROM kept k JOIN order_history h ON h.order_id = $1 AND h.sequence = k.version AND h.at = k.at
            WHERE k.version = ANY ($2::int[]) GROUP BY k.version, k.relation, k.row_key)
        SELECT t.version, jsonb_build_object('relation', t.relation, 'before', f.before,
            'after', CASE WHEN l.next IS NULL THEN p.row ELSE l.next_before END)::text AS change
        FROM told t JOIN kept f ON f.change = t.first JOIN kept l ON l.change = t.last
        LEFT JOIN present p ON p.relation = t.relation AND p.row_key = t.row_key
        ORDER BY t.first
        """,
        order_id,
        list(versions),
    )
    found: dict[int, list[Change]] = {}
    for row in rows:
        found.setdefault(row["version"], []).append(_decode_change(row["change"]))
    return found
