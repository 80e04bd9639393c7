"""Lists of claims, for staff: what waits to be decided, and to be sent."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.order.shapes.claims import ClaimQuery, ClaimSummary


async def list_claims(db: Connection, query: ClaimQuery) -> Page[ClaimSummary]:
    """The newest first; one statement, along the index of states."""
    after = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else None
    rows = await db.fetch(
        """
        SELECT c.claim_id, c.order_id, o.number || '-C' || c.number AS number, c.kind, c.state, c.outcome,
            o.billing_address ->> 'name' AS name, o.email, c.by_customer, c.created_at, c.updated_at
        FROM order_claims c JOIN orders o USING (order_id)
        WHERE ($1::text[] IS NULL OR c.state = ANY ($1)) AND ($2::uuid IS NULL OR c.claim_id < $2)
        ORDER BY c.claim_id DESC LIMIT $3
        """,
        None if query.state is None else [*query.state],
        after[0] if after else None,
        query.limit + 1,
    )
    page = [
        ClaimSummary(*(row[name] for name in ClaimSummary.__struct_fields__)) for row in rows[: query.limit]
    ]
    return Page(page, encode_cursor(page[-1].claim_id) if len(rows) > query.limit else None)
