"""The shop's terms as rows: discounts, shipping methods, tax rates."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tradewind.ports.database import Row, Transaction
from tradewind.services.order.shapes.terms import NewDiscount, ShippingMethodInput


async def insert_discount(tx: Transaction, new: NewDiscount, now: datetime) -> Row:
    """Raises UniqueViolation for a code that exists."""
    row = await tx.row(
        """
        INSERT INTO discounts (code, kind, basis_points, amount_minor, currency, minimum_minor, most_uses,
            starts_at, ends_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *
        """,
        new.code,
        new.kind,
        new.basis_points,
        new.amount_minor,
        new.currency,
        new.minimum_minor,
        new.most_uses,
        new.starts_at,
        new.ends_at,
        now,
    )
    assert row is not None
    return row


async def set_discount_active(tx: Transaction, code: str, active: bool) -> Row | None:
    return await tx.row("UPDATE discounts SET active = $2 WHERE code = $1 RETURNING *", code, active)


async def put_shipping_method(tx: Transaction, code: str, method: ShippingMethodInput) -> Row:
    row = await tx.row(
        """
        INSERT INTO shipping_methods (code, name, countries, prices, days_min, days_max, position, active)
        VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, countries = excluded.countries,
            prices = excluded.prices, days_min = excluded.days_min, days_max = excluded.days_max,
            position = excluded.position, active = excluded.active
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
    )
    assert row is not None
    return row


async def put_tax_rate(tx: Transaction, country: str, tax_class: str, basis_points: int) -> None:
    await tx.execute(
        """
        INSERT INTO tax_rates (country, tax_class, basis_points) VALUES ($1, $2, $3)
        ON CONFLICT (country, tax_class) DO UPDATE SET basis_points = excluded.basis_points
        """,
        country,
        tax_class,
        basis_points,
    )
