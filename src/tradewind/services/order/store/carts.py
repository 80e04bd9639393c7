"""Carts as rows. An edit is guarded by the version it was made against: none is lost."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address
from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.pricing import Discount, ShippingPrice


class CartItem(msgspec.Struct, frozen=True):
    sku: str
    quantity: int


class Method(msgspec.Struct, frozen=True):
    code: str
    name: str
    prices: dict[str, ShippingPrice]
    days_min: int
    days_max: int


class CartRecord(msgspec.Struct, frozen=True):
    """A cart with all that pricing it needs, read in one statement."""

    cart_id: UUID
    account_id: UUID | None
    currency: str
    email: str | None
    shipping_address: Address | None
    billing_address: Address | None
    shipping_method: str | None
    discount_code: str | None
    state: str
    version: int
    language: str | None = None
    items: list[CartItem] = []
    methods: list[Method] = []
    rates: dict[str, int] = {}
    discount: Discount | None = None


_decode = msgspec.json.Decoder(CartRecord).decode


async def load(
    db: Connection, cart_id: UUID, *, country: str | None = None, discount_code: str | None = None
) -> CartRecord | None:
    """`country` and `discount_code` load the prices for an address and a code that the cart is about to get."""
    text = await db.value(
        """
        SELECT jsonb_build_object(
            'cart_id', c.cart_id, 'account_id', c.account_id, 'currency', c.currency, 'email', c.email,
            'shipping_address', c.shipping_address, 'billing_address', c.billing_address,
            'shipping_method', c.shipping_method, 'discount_code', c.discount_code,
            'state', c.state, 'version', c.version, 'language', c.language,
            'items', coalesce((
                SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity) ORDER BY l.added_at, l.sku)
                FROM cart_lines l WHERE l.cart_id = c.cart_id), '[]'),
            'methods', coalesce((
                SELECT jsonb_agg(jsonb_build_object('code', m.code, 'name', m.name, 'prices', m.prices,
                    'days_min', m.days_min, 'days_max', m.days_max) ORDER BY m.position, m.code)
                FROM shipping_methods m
                WHERE m.active AND m.prices ? c.currency
                  AND (m.countries = '{}' OR coalesce($2, c.shipping_address ->> 'country') = ANY (m.countries))),
                '[]'),
            'rates', coalesce((
                SELECT jsonb_object_agg(t.tax_class, t.basis_points) FROM tax_rates t
                WHERE t.country = coalesce($2, c.shipping_address ->> 'country')), '{}'),
            'discount', (
                SELECT to_jsonb(d) FROM discounts d WHERE d.code = coalesce($3, c.discount_code)))::text
        FROM carts c WHERE c.cart_id = $1
        """,
        cart_id,
        country,
        discount_code,
    )
    return None if text is None else _decode(text)


async def open_cart_of(db: Connection, account_id: UUID) -> UUID | None:
    found: UUID | None = await db.value(
        "SELECT cart_id FROM carts WHERE account_id = $1 AND state = 'open'", account_id
    )
    return found


async def insert(tx: Transaction, cart: CartRecord, now: datetime) -> None:
    """Raises UniqueViolation(carts_one_open_an_account) when the account has an open cart."""
    await tx.execute(
        """
        WITH cart AS (
            INSERT INTO carts (cart_id, account_id, currency, language, created_at, updated_at)
            VALUES ($1, $2, $3, $7, $4, $4) RETURNING cart_id)
        INSERT INTO cart_lines (cart_id, sku, quantity, added_at)
        SELECT cart.cart_id, l.sku, l.quantity, $4::timestamptz + l.position * interval '1 microsecond'
        FROM cart, unnest($5::text[], $6::int[]) WITH ORDINALITY AS l (sku, quantity, position)
        """,
        cart.cart_id,
        cart.account_id,
        cart.currency,
        now,
        [item.sku for item in cart.items],
        [item.quantity for item in cart.items],
        cart.language,
    )


async def save(tx: Transaction, cart: CartRecord, now: datetime) -> bool:
    """Write an edit made against `cart.version`; False when the cart has moved on since."""
    saved = await tx.value(
        """
        WITH cart AS (
            UPDATE carts SET account_id = $3, email = $4, shipping_address = $5::jsonb, billing_address = $6::jsonb,
                shipping_method = $7, discount_code = $8, language = $12, version = version + 1,
                updated_at = $9
            WHERE cart_id = $1 AND version = $2 AND state = 'open' RETURNING cart_id),
        gone AS (
            DELETE FROM cart_lines l USING cart WHERE l.cart_id = cart.cart_id AND l.sku <> ALL ($10::text[])),
        kept AS (
            INSERT INTO cart_lines (cart_id, sku, quantity, added_at)
            SELECT cart.cart_id, l.sku, l.quantity, $9::timestamptz + l.position * interval '1 microsecond'
            FROM cart, unnest($10::text[], $11::int[]) WITH ORDINALITY AS l (sku, quantity, position)
            ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = excluded.quantity
            WHERE cart_lines.quantity <> excluded.quantity)
        SELECT true FROM cart
        """,
        cart.cart_id,
        cart.version,
        cart.account_id,
        cart.email,
        _json(cart.shipping_address),
        _json(cart.billing_address),
        cart.shipping_method,
        cart.discount_code,
        now,
        [item.sku for item in cart.items],
        [item.quantity for item in cart.items],
        cart.language,
    )
    return bool(saved)


async def close_merged(tx: Transaction, cart: CartRecord, now: datetime) -> bool:
    """The guest's cart went into the account's; False when it has moved on since."""
    return bool(
        await tx.execute(
            """
            UPDATE carts SET state = 'merged', version = version + 1, updated_at = $3
            WHERE cart_id = $1 AND version = $2 AND state = 'open'
            """,
            cart.cart_id,
            cart.version,
            now,
        )
    )


async def reopen(tx: Transaction, cart_id: UUID, now: datetime) -> None:
    """Give an ordered cart back, unless its account has begun another."""
    await tx.execute(
        """
        UPDATE carts c SET state = 'open', version = version + 1, updated_at = $2
        WHERE c.cart_id = $1 AND c.state = 'ordered' AND (c.account_id IS NULL OR NOT EXISTS (
            SELECT 1 FROM carts other WHERE other.account_id = c.account_id AND other.state = 'open'))
        """,
        cart_id,
        now,
    )


async def untold(db: Connection, untouched_since: datetime, most: int) -> list[UUID]:
    """Open carts that nobody touched since then, and that were not told as abandoned since they changed."""
    rows = await db.fetch(
        """
        SELECT cart_id FROM carts
        WHERE state = 'open' AND abandoned_version IS DISTINCT FROM version AND updated_at <= $1
        ORDER BY updated_at LIMIT $2
        """,
        untouched_since,
        most,
    )
    return [row["cart_id"] for row in rows]


async def tell_abandoned(tx: Transaction, cart: CartRecord) -> bool:
    """Whether this caller is the one to tell it: False when the cart has moved on, or was told."""
    return bool(
        await tx.execute(
            """
            UPDATE carts SET abandoned_version = version
            WHERE cart_id = $1 AND version = $2 AND state = 'open' AND abandoned_version IS DISTINCT FROM version
            """,
            cart.cart_id,
            cart.version,
        )
    )


def _json(value: Address | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def replaced(cart: CartRecord, **changes: object) -> CartRecord:
    """The cart with these fields changed; nothing is written."""
    return msgspec.structs.replace(cart, **changes)
