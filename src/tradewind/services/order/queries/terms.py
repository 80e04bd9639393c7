"""Reads of the shop's terms, straight to the shape that is answered."""

from __future__ import annotations

import msgspec

from tradewind.ports.database import Connection, Row
from tradewind.services.order.domain.pricing import Area
from tradewind.services.order.domain.pricing.shipping import serves
from tradewind.services.order.shapes.terms import (
    CurrencyTerms,
    CurrencyTermsList,
    MethodPrice,
    ShippingMethods,
    ShippingMethodView,
    ShippingZone,
    ShippingZones,
    TaxRate,
    TaxRates,
    ZoneArea,
)
from tradewind.services.order.store.terms import SINCE_EVER


async def list_shipping_methods(
    db: Connection, country: str | None, postal_code: str | None, currency: str | None, *, active_only: bool
) -> ShippingMethods:
    """Without `postal_code`, those that go somewhere in the country."""
    rows = await db.fetch(
        """
        SELECT m.code, m.name, m.countries, m.prices, m.days_min, m.days_max, m.position, m.active, m.zone,
            m.tax_class, m.most_grams, z.areas
        FROM shipping_methods m LEFT JOIN shipping_zones z ON z.code = m.zone
        WHERE (m.active OR NOT $3) AND ($2::text IS NULL OR m.prices ? $2)
          AND ($1::text IS NULL OR CASE WHEN m.zone IS NULL THEN m.countries = '{}' OR $1 = ANY (m.countries)
               ELSE z.areas @> jsonb_build_array(jsonb_build_object('country', $1::text)) END)
        ORDER BY m.position, m.code
        """,
        country,
        currency,
        active_only,
    )
    return ShippingMethods([method_view(row) for row in rows if _goes_to(row, country, postal_code)])


def _goes_to(row: Row, country: str | None, postal_code: str | None) -> bool:
    if row["areas"] is None or country is None or postal_code is None:
        return True
    return serves(msgspec.json.decode(row["areas"], type=list[Area]), country, postal_code)


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
        row["zone"],
        row["tax_class"],
        row["most_grams"],
    )


async def list_shipping_zones(db: Connection) -> ShippingZones:
    rows = await db.fetch("SELECT code, name, areas FROM shipping_zones ORDER BY code")
    return ShippingZones(
        [
            ShippingZone(row["code"], row["name"], msgspec.json.decode(row["areas"], type=list[ZoneArea]))
            for row in rows
        ]
    )


async def list_tax_rates(db: Connection, country: str | None) -> TaxRates:
    """All that are kept, those of the past and the future as well."""
    rows = await db.fetch(
        """
        SELECT country, tax_class, basis_points, region, valid_from, valid_to, source FROM tax_rates
        WHERE $1::text IS NULL OR country = $1 ORDER BY country, tax_class, region, tax_rates.valid_from
        """,
        country,
    )
    return TaxRates([rate_view(row) for row in rows])


def rate_view(row: Row) -> TaxRate:
    return TaxRate(
        row["country"],
        row["tax_class"],
        row["basis_points"],
        row["region"],
        None if row["valid_from"] == SINCE_EVER else row["valid_from"],
        row["valid_to"],
        row["source"],
    )


async def list_currency_terms(db: Connection) -> CurrencyTermsList:
    rows = await db.fetch("SELECT currency, prices_include_tax FROM currency_terms ORDER BY currency")
    return CurrencyTermsList([CurrencyTerms(row["currency"], row["prices_include_tax"]) for row in rows])
