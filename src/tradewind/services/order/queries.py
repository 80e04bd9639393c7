"""Reads of the order service, straight to the shape that is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tradewind.contracts.common import Money, Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.order.shapes import (
    DiscountQuery,
    DiscountView,
    MethodPrice,
    OrderQuery,
    OrderSummary,
    ShippingMethods,
    ShippingMethodView,
    TaxRate,
    TaxRates,
)


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


async def list_discounts(db: Connection, query: DiscountQuery) -> Page[DiscountView]:
    after = decode_cursor(query.cursor, tuple[datetime, str]) if query.cursor else None
    rows = await db.fetch(
        """
        SELECT code, kind, basis_points, amount_minor, currency, minimum_minor, most_uses, uses, starts_at,
            ends_at, active, created_at
        FROM discounts
        WHERE $1::timestamptz IS NULL OR (created_at, code) < ($1, $2::text)
        ORDER BY created_at DESC, code DESC LIMIT $3
        """,
        after[0] if after else None,
        after[1] if after else None,
        query.limit + 1,
    )
    items = [discount_view(row) for row in rows[: query.limit]]
    more = len(rows) > query.limit
    last = rows[query.limit - 1] if more else None
    return Page(items, encode_cursor(last["created_at"], last["code"]) if last else None)


def discount_view(row: Row) -> DiscountView:
    return DiscountView(*(row[name] for name in DiscountView.__struct_fields__))


async def list_shipping_methods(
    db: Connection, country: str | None, currency: str | None, *, active_only: bool
) -> ShippingMethods:
    rows = await db.fetch(
        """
        SELECT code, name, countries, prices, days_min, days_max, position, active FROM shipping_methods
        WHERE (active OR NOT $3) AND ($1::text IS NULL OR countries = '{}' OR $1 = ANY (countries))
          AND ($2::text IS NULL OR prices ? $2)
        ORDER BY position, code
        """,
        country,
        currency,
        active_only,
    )
    return ShippingMethods([method_view(row) for row in rows])


def method_view(row: Row) -> ShippingMethodView:
    return ShippingMethodView(
        row["code"],
        row["name"],
        row["countries"],
        msgspec.json.decode(row["prices"], type=dict[str, MethodPrice]),
        row["days_min"],
        row["days_max"],
        row["position"],
        row["active"],
    )


async def list_tax_rates(db: Connection) -> TaxRates:
    rows = await db.fetch(
        "SELECT country, tax_class, basis_points FROM tax_rates ORDER BY country, tax_class"
    )
    return TaxRates([TaxRate(row["country"], row["tax_class"], row["basis_points"]) for row in rows])
