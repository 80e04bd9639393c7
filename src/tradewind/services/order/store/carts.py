"""Carts as rows. An edit is guarded by the version it was made against: none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address
from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.pricing import Area, Promotion, ShippingPrice
from tradewind.services.order.domain.pricing.tax import RatePeriod


class CartItem(msgspec.Struct, frozen=True):
    """`seen_price_minor` is what a piece cost when the shopper last took some; None until it is saved."""

    sku: str
    quantity: int
    seen_price_minor: int | None = None


class Method(msgspec.Struct, frozen=True):
    code: str
    name: str
    prices: dict[str, ShippingPrice]
    days_min: int
    days_max: int
    tax_class: str = "standard"
    most_grams: int | None = None
    areas: list[Area] | None = None  # None: in no zone, and chosen by its countries already


class CartRecord(msgspec.Struct, frozen=True):
    """A cart with all that pricing it needs, read in one statement."""

    cart_id: UUID
    account_id: UUID | None
    currency: str
    email: str | None
    shipping_address: Address | None
    billing_address: Address | None
    shipping_method: str | None
    discount_codes: list[str]
    state: str
    version: int
    language: str | None = None
    items: list[CartItem] = []
    methods: list[Method] = []
    rates: list[RatePeriod] = []
    prices_include_tax: bool = True
    promotions: list[Promotion] = []  # those of its codes, and those that come by themselves


class _Terms(msgspec.Struct, frozen=True):
    prices_include_tax: bool
    promotions: list[Promotion]


_decode = msgspec.json.Decoder(CartRecord).decode
_decode_terms = msgspec.json.Decoder(_Terms).decode


async def load(
    db: Connection,
    cart_id: UUID,
    *,
    country: str | None = None,
    discount_codes: Sequence[str] | None = None,
    now: datetime | None = None,
) -> CartRecord | None:
    """`country` and `discount_codes` load what is needed for an address and codes that the cart is about to get.
    With `now`, promotions that have ended are left out, unless a code names them."""
    text = await db.value(
        """
        SELECT jsonb_build_object(
            'cart_id', c.cart_id, 'account_id', c.account_id, 'currency', c.currency, 'email', c.email,
            'shipping_address', c.shipping_address, 'billing_address', c.billing_address,
            'shipping_method', c.shipping_method, 'discount_codes', c.discount_codes,
            'state', c.state, 'version', c.version, 'language', c.language,
            'items', coalesce((
                SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity,
                    'seen_price_minor', l.seen_price_minor) ORDER BY l.added_at, l.sku)
                FROM cart_lines l WHERE l.cart_id = c.cart_id), '[]'),
            'methods', coalesce((
                SELECT jsonb_agg(jsonb_build_object('code', m.code, 'name', m.name, 'prices', m.prices,
                    'days_min', m.days_min, 'days_max', m.days_max, 'tax_class', m.tax_class,
                    'most_grams', m.most_grams, 'areas', z.areas) ORDER BY m.position, m.code)
                FROM shipping_methods m LEFT JOIN shipping_zones z ON z.code = m.zone
                WHERE m.active AND m.prices ? c.currency AND CASE WHEN m.zone IS NULL
                    THEN m.countries = '{}' OR address.country = ANY (m.countries)
                    ELSE z.areas @> jsonb_build_array(jsonb_build_object('country', address.country)) END),
                '[]'),
            'rates', coalesce((
                SELECT jsonb_agg(to_jsonb(t)) FROM tax_rates t WHERE t.country = address.country), '[]'),
            'prices_include_tax', coalesce((
                SELECT terms.prices_include_tax FROM currency_terms terms WHERE terms.currency = c.currency), true),
            'promotions', coalesce((
                SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('customer_uses', coalesce((
                    SELECT max(u.uses) FROM promotion_customers u WHERE u.promotion_id = p.promotion_id
                      AND u.customer IN ('account:' || c.account_id, 'email:' || lower(c.email))), 0)))
                FROM (
                    SELECT NULL AS code, NULL::int AS code_most_uses, 0 AS code_uses, own.* FROM promotions own
                    WHERE own.automatic AND own.active AND own.archived_at IS NULL
                      AND ($4::timestamptz IS NULL OR own.ends_at IS NULL OR own.ends_at > $4)
                    UNION ALL
                    SELECT k.code, k.most_uses, k.uses, own.*
                    FROM promotion_codes k JOIN promotions own ON own.promotion_id = k.promotion_id
                    WHERE k.code = ANY (coalesce($3::text[], c.discount_codes)) AND own.archived_at IS NULL) p),
                '[]'))::text
        FROM carts c CROSS JOIN LATERAL (
            SELECT coalesce($2, c.shipping_address ->> 'country') AS country) address
        WHERE c.cart_id = $1
        """,
        cart_id,
        country,
        None if discount_codes is None else list(discount_codes),
        now,
    )
    return None if text is None else _decode(text)


async def open_cart_of(db: Connection, account_id: UUID) -> UUID | None:
    found: UUID | None = await db.value(
        "SELECT cart_id FROM carts WHERE account_id = $1 AND state = 'open'", account_id
    )
    return found


async def insert(tx: Transaction, cart: CartRecord, now: datetime) -> CartRecord:
    """The cart with the promotions that come by themselves, and with what its currency's prices contain.

    Raises UniqueViolation(carts_one_open_an_account) when the account has an open cart.
    """
    text = await tx.value(
        """
        WITH cart AS (
            INSERT INTO carts (cart_id, account_id, currency, language, created_at, updated_at)
            VALUES ($1, $2, $3, $7, $4, $4) RETURNING cart_id),
        lines AS (
            INSERT INTO cart_lines (cart_id, sku, quantity, seen_price_minor, added_at)
            SELECT cart.cart_id, l.sku, l.quantity, l.seen_price_minor,
                $4::timestamptz + l.position * interval '1 microsecond'
            FROM cart, unnest($5::text[], $6::int[], $8::bigint[])
                WITH ORDINALITY AS l (sku, quantity, seen_price_minor, position))
        SELECT jsonb_build_object(
            'prices_include_tax', coalesce((
                SELECT terms.prices_include_tax FROM currency_terms terms WHERE terms.currency = $3), true),
            'promotions', coalesce((
                SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('customer_uses', coalesce((
                    SELECT u.uses FROM promotion_customers u
                    WHERE u.promotion_id = p.promotion_id AND u.customer = 'account:' || $2::uuid), 0)))
                FROM promotions p
                WHERE p.automatic AND p.active AND p.archived_at IS NULL
                  AND (p.ends_at IS NULL OR p.ends_at > $4)), '[]'))::text
        """,
        cart.cart_id,
        cart.account_id,
        cart.currency,
        now,
        [item.sku for item in cart.items],
        [item.quantity for item in cart.items],
        cart.language,
        [item.seen_price_minor for item in cart.items],
    )
    terms = _decode_terms(text)
    return replaced(cart, promotions=terms.promotions, prices_include_tax=terms.prices_include_tax)


async def save(tx: Transaction, cart: CartRecord, now: datetime) -> bool:
    """Write an edit made against `cart.version`; False when the cart has moved on since."""
    saved = await tx.value(
        """
        WITH cart AS (
            UPDATE carts SET account_id = $3, email = $4, shipping_address = $5::jsonb, billing_address = $6::jsonb,
                shipping_method = $7, discount_codes = $8, discount_code = ($8::text[])[1], language = $12,
                version = version + 1, updated_at = $9
            WHERE cart_id = $1 AND version = $2 AND state = 'open' RETURNING cart_id),
        gone AS (
            DELETE FROM cart_lines l USING cart WHERE l.cart_id = cart.cart_id AND l.sku <> ALL ($10::text[])),
        kept AS (
            INSERT INTO cart_lines (cart_id, sku, quantity, seen_price_minor, added_at)
            SELECT cart.cart_id, l.sku, l.quantity, l.seen_price_minor,
                $9::timestamptz + l.position * interval '1 microsecond'
            FROM cart, unnest($10::text[], $11::int[], $13::bigint[])
                WITH ORDINALITY AS l (sku, quantity, seen_price_minor, position)
            ON CONFLICT (cart_id, sku) DO UPDATE
                SET quantity = excluded.quantity, seen_price_minor = excluded.seen_price_minor
            WHERE (cart_lines.quantity, cart_lines.seen_price_minor)
                IS DISTINCT FROM (excluded.quantity, excluded.seen_price_minor))
        SELECT true FROM cart
        """,
        cart.cart_id,
        cart.version,
        cart.account_id,
        cart.email,
        _json(cart.shipping_address),
        _json(cart.billing_address),
        cart.shipping_method,
        cart.discount_codes,
        now,
        [item.sku for item in cart.items],
        [item.quantity for item in cart.items],
        cart.language,
        [item.seen_price_minor for item in cart.items],
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
