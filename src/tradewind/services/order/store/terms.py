"""The shop's terms as rows: shipping zones and methods, tax rates, what a currency's prices contain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.order.shapes.terms import ShippingMethodInput, ShippingZoneInput, TaxRate

SINCE_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


async def put_shipping_zone(tx: Transaction, code: str, zone: ShippingZoneInput) -> None:
    await tx.execute(
        """
        INSERT INTO shipping_zones (code, name, areas) VALUES ($1, $2, $3::jsonb)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, areas = excluded.areas
        """,
        code,
        zone.name,
        msgspec.json.encode(zone.areas).decode(),
    )


async def delete_shipping_zone(tx: Transaction, code: str) -> bool:
    """Raises ForeignKeyViolation while a method goes there."""
    return bool(await tx.execute("DELETE FROM shipping_zones WHERE code = $1", code))


async def put_shipping_method(tx: Transaction, code: str, method: ShippingMethodInput) -> Row | None:
    """None where there is no such zone."""
    return await tx.row(
        """
        INSERT INTO shipping_methods (code, name, countries, prices, days_min, days_max, position, active, zone,
            tax_class, most_grams)
        SELECT $1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11
        WHERE $9::text IS NULL OR EXISTS (SELECT 1 FROM shipping_zones WHERE code = $9 FOR KEY SHARE)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, countries = excluded.countries,
            prices = excluded.prices, days_min = excluded.days_min, days_max = excluded.days_max,
            position = excluded.position, active = excluded.active, zone = excluded.zone,
            tax_class = excluded.tax_class, most_grams = excluded.most_grams
        RETURNING *
        """,
        code,
        method.name,
        list(method.countries),
        msgspec.json.encode(method.prices).decode(),
        method.days_min,
        method.days_max,
        method.position,
        method.active,
        method.zone,
        method.tax_class,
        method.most_grams,
    )


async def rates_of(tx: Transaction, countries: Sequence[str]) -> Sequence[Row]:
    """All that is kept for these countries, locked against other changes of rates."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('tradewind:tax_rates', 0))")
    return await tx.fetch(
        "SELECT country, tax_class, basis_points, region, valid_from, valid_to, source FROM tax_rates"
        " WHERE country = ANY ($1::text[])",
        list(countries),
    )


async def tax_classes(db: Connection) -> set[str]:
    """Those that some country has, had or will have a rate for."""
    return {row["tax_class"] for row in await db.fetch("SELECT DISTINCT tax_class FROM tax_rates")}


async def put_tax_rate(tx: Transaction, rate: TaxRate, source: str) -> None:
    """In place of one that begins in the same moment."""
    await tx.execute(
        """
        INSERT INTO tax_rates (country, tax_class, basis_points, region, valid_from, valid_to, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (country, tax_class, region, valid_from) DO UPDATE
            SET basis_points = excluded.basis_points, valid_to = excluded.valid_to, source = excluded.source
        """,
        rate.country,
        rate.tax_class,
        rate.basis_points,
        rate.region,
        rate.valid_from or SINCE_EVER,
        rate.valid_to,
        source,
    )


async def delete_tax_rate(
    tx: Transaction, country: str, tax_class: str, region: str, valid_from: datetime
) -> bool:
    return bool(
        await tx.execute(
            """
            DELETE FROM tax_rates WHERE country = $1 AND tax_class = $2 AND region = $3 AND valid_from = $4
            """,
            country,
            tax_class,
            region,
            valid_from,
        )
    )


async def put_currency_terms(tx: Transaction, currency: str, prices_include_tax: bool) -> None:
    await tx.execute(
        """
        INSERT INTO currency_terms (currency, prices_include_tax) VALUES ($1, $2)
        ON CONFLICT (currency) DO UPDATE SET prices_include_tax = excluded.prices_include_tax
        """,
        currency,
        prices_include_tax,
    )
