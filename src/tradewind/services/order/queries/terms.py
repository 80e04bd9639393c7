"""Reads of the order service, straight to the shape that is answered."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tradewind.contracts.common import Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.order.shapes.terms import (
    DiscountQuery,
    DiscountView,
    MethodPrice,
    ShippingMethods,
    ShippingMethodView,
    TaxRate,
    TaxRates,
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
