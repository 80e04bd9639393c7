"""Reads of the order service, straight to the shape that is answered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tradewind.contracts.common import Money, Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.order.shapes.orders import OrderQuery, OrderSummary


async def list_orders(db: Connection, query: OrderQuery, account_id: UUID | None) -> Page[OrderSummary]:
    """`account_id` restricts to one customer's; None is every order, for staff."""
    newest = query.sort == "newest"
    conditions, values = ["true"], list[Any]()

    def where(condition: str, value: object) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if account_id is not None or query.account_id is not None:
        where("o.account_id = {}", account_id or query.account_id)
    if query.state is not None:
        where("o.state = {}", query.state)
    if query.email is not None:
        where("lower(o.email) = lower({})", query.email)
    if query.number is not None:
        where("o.number = {}", query.number)
    if query.cursor is not None:
        (after,) = decode_cursor(query.cursor, tuple[UUID])
        where("o.order_id < {}" if newest else "o.order_id > {}", after)
    values.append(query.limit + 1)
    rows = await db.fetch(
        f"""
        SELECT o.order_id, o.number, o.state, o.email, o.total_minor, o.currency,
            (SELECT count(*) FROM order_lines l WHERE l.order_id = o.order_id) AS lines, o.created_at, o.placed_at
        FROM orders o WHERE {" AND ".join(conditions)}
        ORDER BY o.order_id {"DESC" if newest else "ASC"} LIMIT ${len(values)}
        """,
        *values,
    )
    page = [_summary(row) for row in rows[: query.limit]]
    return Page(page, encode_cursor(page[-1].order_id) if len(rows) > query.limit else None)


def _summary(row: Row) -> OrderSummary:
    return OrderSummary(
        row["order_id"],
        row["number"],
        row["state"],
        row["email"],
        Money(row["total_minor"], row["currency"]),
        row["lines"],
        row["created_at"],
        row["placed_at"],
    )
