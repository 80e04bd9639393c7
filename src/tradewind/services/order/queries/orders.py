"""Lists of orders: for customers their own, for staff all, found by words, dates and states."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta

from tradewind.contracts.common import Money, Page
from tradewind.kernel.errors import Invalid
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.kernel.words import search
from tradewind.ports.database import Connection, Row
from tradewind.services.order.domain.states import State
from tradewind.services.order.shapes.orders import OrderCounts, OrderFilter, OrderQuery, OrderSummary
from tradewind.services.order.store.order_facts import ARRIVED, AWAITS_TRANSFER

_Amount = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_ORDERS = {
    "newest": ("${}::bigint IS NOT NULL AND o.order_id < ${}", "o.order_id DESC"),
    "oldest": ("${}::bigint IS NOT NULL AND o.order_id > ${}", "o.order_id"),
    "total": ("(o.total_minor, o.order_id) > (${}, ${})", "o.total_minor, o.order_id"),
    "-total": ("(o.total_minor, o.order_id) < (${}, ${})", "o.total_minor DESC, o.order_id DESC"),
}


async def list_orders(db: Connection, query: OrderQuery, account_id: UUID | None) -> Page[OrderSummary]:
    """`account_id` restricts to one customer's; None is every order, for staff."""
    conditions, values = conditions_of(query, account_id)
    if query.state is not None:
        values.append([*query.state])
        conditions.append(f"o.state = ANY (${len(values)}::text[])")
    after, order = _ORDERS[query.sort]
    if query.cursor is not None:
        values += decode_cursor(query.cursor, tuple[_Amount, UUID])
        conditions.append(after.format(len(values) - 1, len(values)))
    values.append(query.limit + 1)
    rows = await db.fetch(
        f"""
        SELECT o.order_id, o.number, o.state, o.email, o.account_id, o.billing_address ->> 'name' AS name,
            o.shipping_address ->> 'country' AS country, o.total_minor, o.captured_minor, o.refunded_minor,
            o.currency, lines.*, o.created_at, o.placed_at, o.origin, o.held_at IS NOT NULL AS held,
            o.pickup, {AWAITS_TRANSFER} AS awaits_transfer, {ARRIVED} AS arrived
        FROM orders o CROSS JOIN LATERAL (
            SELECT count(*) AS lines, sum(l.quantity)::bigint AS pieces,
                sum(l.fulfilled_quantity)::bigint AS fulfilled_pieces,
                (array_agg(l.title ORDER BY l.line))[1] AS title,
                (array_agg(l.image_url ORDER BY l.line))[1] AS image_url
            FROM order_lines l WHERE l.order_id = o.order_id) AS lines
        WHERE {" AND ".join(conditions)} ORDER BY {order} LIMIT ${len(values)}
        """,
        *values,
    )
    page = [_summary(row) for row in rows[: query.limit]]
    last = page[-1] if len(rows) > query.limit else None
    return Page(page, encode_cursor(last.total.amount_minor, last.order_id) if last else None)


async def count_orders(db: Connection, query: OrderFilter) -> OrderCounts:
    """Every state, also those that no order is in."""
    conditions, values = conditions_of(query, None)
    rows = await db.fetch(
        f"SELECT o.state, count(*) AS orders FROM orders o WHERE {' AND '.join(conditions)} GROUP BY o.state",
        *values,
    )
    found = {row["state"]: row["orders"] for row in rows}
    return OrderCounts(sum(found.values()), {state.value: found.get(state.value, 0) for state in State})


def conditions_of(query: OrderFilter, account_id: UUID | None) -> tuple[list[str], list[Any]]:
    """SQL of the table `o`, and its values. Raises Invalid(timezone_unknown)."""
    conditions, values = ["true"], list[Any]()

    def where(condition: str, value: object) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if account_id is not None or query.account_id is not None:
        where("o.account_id = {}", account_id or query.account_id)
    if account_id is not None:  # what staff are still writing is not its customer's yet
        conditions.append("(o.state <> 'draft' OR o.sent_at IS NOT NULL)")
    if query.email is not None:
        where("lower(o.email) = lower({})", query.email)
    if query.number is not None:
        where("o.number = {}", query.number)
    if query.order_id is not None:
        where("o.order_id = ANY ({}::uuid[])", [*query.order_id])
    if query.origin is not None:
        where("o.origin = ANY ({}::text[])", [*query.origin])
    if query.held is not None:
        where("(o.held_at IS NOT NULL) = {}", query.held)
    found = search(query.q or "")
    if found is not None:
        where("o.order_id IN (SELECT w.order_id FROM order_words w WHERE w.words @@ {}::tsquery)", found)
    if query.from_ is not None:
        where("o.created_at >= {}", _midnight(query.from_, query.timezone, "from"))
    if query.to is not None:
        where("o.created_at < {}", _midnight(query.to, query.timezone, "to", days=1))
    return conditions, values


def _midnight(day: date, zone: str, field: str, days: int = 0) -> datetime:
    """When `day`, or so many days after it, begins in the zone. Raises Invalid."""
    try:
        return (datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(days=days)).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            "timezone_unknown", f"{zone} is no zone of the IANA database", field="timezone"
        ) from error
    except OverflowError as error:
        raise Invalid("invalid_parameter", "use a day within the years 1 to 9999", field=field) from error


def _summary(row: Row) -> OrderSummary:
    currency = row["currency"]
    return OrderSummary(
        row["order_id"],
        row["number"],
        row["state"],
        row["email"],
        Money(row["total_minor"], currency),
        row["lines"],
        row["created_at"],
        row["placed_at"],
        row["name"],
        row["account_id"],
        row["country"],
        row["pieces"],
        row["fulfilled_pieces"],
        Money(row["captured_minor"], currency),
        Money(row["refunded_minor"], currency),
        row["title"],
        row["image_url"],
        row["origin"],
        row["held"],
        row["pickup"],
        row["awaits_transfer"],
        row["arrived"],
    )
