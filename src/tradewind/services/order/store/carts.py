"""Carts as rows. An edit is guarded by the version it was made against: none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address
from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.pricing import Promotion
from tradewind.services.order.domain.pricing.tax import RatePeriod
from tradewind.services.order.store.selling import PROMOTIONS, TERMS, Method, decode_terms


class CartItem(msgspec.Struct, frozen=True):
    """`seen_price_minor` is what a piece cost when the shopper last took some; None until it is saved."""

    sku: str
    quantity: int
    seen_price_minor: int | None = None


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
    name: str = ""
    pickup: str | None = (
        None  # where it is collected; the shipping address is that place then, by the buyer's name
    )

    @property
    def editable(self) -> bool:
        return self.state in ("open", "saved")


_decode = msgspec.json.Decoder(CartRecord).decode


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
        f"""
        SELECT jsonb_build_object(
            'cart_id', c.cart_id, 'account_id', c.account_id, 'currency', c.currency, 'email', c.email,
            'shipping_address', c.shipping_address, 'billing_address', c.billing_address,
            'shipping_method', c.shipping_method, 'discount_codes', c.discount_codes,
            'state', c.state, 'version', c.version, 'language', c.language, 'name', c.name, 'pickup', c.pickup,
            'items', coalesce((
                SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity,
                    'seen_price_minor', l.seen_price_minor) ORDER BY l.added_at, l.sku)
                FROM cart_lines l WHERE l.cart_id = c.cart_id), '[]'),
            {TERMS})::text
        FROM carts c CROSS JOIN LATERAL (
            SELECT coalesce($2, c.shipping_address ->> 'country') AS country,
                coalesce($3::text[], c.discount_codes) AS codes, $4::timestamptz AS now) given
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
        f"""
        WITH cart AS (
            INSERT INTO carts (cart_id, account_id, currency, language, created_at, updated_at, state, name)
            VALUES ($1, $2, $3, $7, $4, $4, $9, $10) RETURNING cart_id),
        lines AS (
            INSERT INTO cart_lines (cart_id, sku, quantity, seen_price_minor, added_at)
            SELECT cart.cart_id, l.sku, l.quantity, l.seen_price_minor,
                $4::timestamptz + l.position * interval '1 microsecond'
            FROM cart, unnest($5::text[], $6::int[], $8::bigint[])
                WITH ORDINALITY AS l (sku, quantity, seen_price_minor, position))
        SELECT jsonb_build_object({PROMOTIONS})::text
        FROM (SELECT $3::text AS currency, $2::uuid AS account_id, NULL::text AS email) c,
             (SELECT '{{}}'::text[] AS codes, $4::timestamptz AS now) given
        """,
        cart.cart_id,
        cart.account_id,
        cart.currency,
        now,
        [item.sku for item in cart.items],
        [item.quantity for item in cart.items],
        cart.language,
        [item.seen_price_minor for item in cart.items],
        cart.state,
        cart.name,
    )
    terms = decode_terms(text)
    return replaced(cart, promotions=terms.promotions, prices_include_tax=terms.prices_include_tax)


async def save(tx: Transaction, cart: CartRecord, now: datetime) -> bool:
    """Write an edit made against `cart.version`; False when the cart has moved on since."""
    saved = await tx.value(
        """
        WITH cart AS (
            UPDATE carts SET account_id = $3, email = $4, shipping_address = $5::jsonb, billing_address = $6::jsonb,
                shipping_method = $7, discount_codes = $8, discount_code = ($8::text[])[1], language = $12,
                pickup = $14,
                version = version + 1, updated_at = $9
            WHERE cart_id = $1 AND version = $2 AND state IN ('open', 'saved') RETURNING cart_id),
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
        cart.pickup,
    )
    return bool(saved)


async def reopen(tx: Transaction, cart_id: UUID, now: datetime) -> None:
    """Give an ordered cart back: for later, where its account has begun another."""
    await tx.execute(
        """
        UPDATE carts c SET version = version + 1, updated_at = $2,
            state = CASE WHEN EXISTS (
                SELECT 1 FROM carts other WHERE other.account_id = c.account_id AND other.state = 'open')
                THEN 'saved' ELSE 'open' END
        WHERE c.cart_id = $1 AND c.state = 'ordered'
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
