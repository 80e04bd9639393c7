"""Lists of returns, for staff: what waits to be decided, to be received, to be refunded."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.common import Money, Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.order.shapes.returns import ReturnQuery, ReturnSummary


async def list_returns(db: Connection, query: ReturnQuery) -> Page[ReturnSummary]:
    """The newest first; one statement, along the index of states."""
    after = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else None
    rows = await db.fetch(
        """
        SELECT r.return_id, r.order_id, o.number || '-R' || r.number AS number, r.state,
            o.billing_address ->> 'name' AS name, o.email, lines.pieces, lines.received, r.by_customer,
            r.created_at, r.updated_at, f.amount_minor, o.currency, r.edit_id
        FROM order_returns r JOIN orders o USING (order_id)
        CROSS JOIN LATERAL (
            SELECT sum(l.quantity)::bigint AS pieces,
                sum(l.restock + l.damaged + l.quality_control + l.written_off)::bigint AS received
            FROM order_return_lines l WHERE l.return_id = r.return_id) AS lines
        LEFT JOIN order_refunds f ON f.refund_id = r.refund_id
        WHERE ($1::text[] IS NULL OR r.state = ANY ($1)) AND ($2::uuid IS NULL OR r.return_id < $2)
        ORDER BY r.return_id DESC LIMIT $3
        """,
        None if query.state is None else [*query.state],
        after[0] if after else None,
        query.limit + 1,
    )
    page = [_summary(row) for row in rows[: query.limit]]
    return Page(page, encode_cursor(page[-1].return_id) if len(rows) > query.limit else None)


def _summary(row: Row) -> ReturnSummary:
    refund = None if row["amount_minor"] is None else Money(row["amount_minor"], row["currency"])
    return ReturnSummary(
        row["return_id"],
        row["order_id"],
        row["number"],
        row["state"],
        row["name"],
        row["email"],
        row["pieces"],
        row["received"],
        row["by_customer"],
        row["created_at"],
        row["updated_at"],
        refund,
        row["edit_id"],
    )
