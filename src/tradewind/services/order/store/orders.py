"""Orders as rows. A state moves by one guarded UPDATE, with its history row in the same statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address
from tradewind.contracts.inventory import Backordered
from tradewind.kernel.events import Event
from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.pricing import AppliedPromotion
from tradewind.services.order.domain.states import TRANSITIONS, Parcel, State
from tradewind.services.order.domain.timeline import check_kind
from tradewind.services.order.shapes.orders import Entry, Fulfilment, Replacement
from tradewind.services.order.store.order_facts import AWAITS_TRANSFER, REPLACEMENTS
from tradewind.services.order.store.refunds import RefundRecord


class LineRecord(msgspec.Struct, frozen=True):
    line: int
    sku: str
    product_id: UUID | None
    title: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    tax_basis_points: int
    tax_minor: int
    fulfilled_quantity: int = 0
    refunded_quantity: int = 0
    category: str = ""
    kind: str = "product"
    cancelled_quantity: int = 0
    tax_added_minor: int = 0
    returning_quantity: int = 0
    returned_quantity: int = 0
    awaited_quantity: int = 0
    unpaid_quantity: int = 0
    backordered_quantity: int = 0
    expected_at: datetime | None = None
    tax_class: str = "standard"

    def shippable_quantity(self, due_minor: int) -> int:
        """Open pieces that are not kept back: for what they are exchanged for, or until what is due is paid."""
        kept_back = self.awaited_quantity + (self.unpaid_quantity if due_minor else 0)
        return max(0, self.open_quantity - kept_back)

    @property
    def open_quantity(self) -> int:
        """Pieces that are in no parcel and not cancelled."""
        return self.quantity - self.fulfilled_quantity - self.cancelled_quantity


class OrderRecord(msgspec.Struct, frozen=True):
    """An order with all that driving and showing it needs, read in one statement."""

    order_id: UUID
    number: str
    cart_id: UUID | None
    account_id: UUID | None
    email: str
    state: State
    currency: str
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    shipping_address: Address
    billing_address: Address
    shipping_method: str
    decide_by: datetime
    created_at: datetime
    updated_at: datetime
    lines: list[LineRecord]
    captured_minor: int = 0
    refunded_minor: int = 0
    discount_code: str | None = None
    payment_attempt: int = 1
    sealed_card_token: str | None = None  # hexadecimal
    return_url: str | None = None
    action_url: str | None = None
    reason: str | None = None
    open_fulfilments: int = 0
    origin: str = "checkout"
    origin_order_id: UUID | None = None
    source: str | None = None
    external_id: str | None = None
    held_at: datetime | None = None
    hold_reason: str | None = None
    sent_at: datetime | None = None  # of a draft: before, its customer does not see it
    cancelled_minor: int = 0
    adjustment_minor: int = 0
    credited_minor: int = 0
    due_minor: int = 0
    spare_minor: int = 0
    payments: int = 1  # numbers given to payments so far
    payment_method: str = "card"
    amending_id: UUID | None = None
    resume_at: datetime | None = None
    version: int = 1
    placed_at: datetime | None = None
    language: str = "en"
    card_network: str = ""
    card_last4: str = ""
    refunding_minor: int = 0
    disputed_minor: int = 0  # by disputes that are open
    charged_back_minor: int = 0  # by disputes that were lost
    history: list[Entry] = []
    fulfilments: list[Fulfilment] = []
    refunds: list[RefundRecord] = []
    discount_codes: list[str] = []
    promotions: list[AppliedPromotion] = []
    prices_include_tax: bool = True
    tax_added_minor: int = 0
    shipping_discount_minor: int = 0
    shipping_tax_basis_points: int = 0
    shipping_tax_minor: int = 0
    pickup: str | None = None  # the code of the warehouse where it is collected
    awaits_transfer: bool = False
    replacements: list[Replacement] = []

    @property
    def shipping_total_minor(self) -> int:
        """Shipping as it is charged: with the tax that is added to it. The lines' totals and this are the total."""
        return self.shipping_minor + (0 if self.prices_include_tax else self.shipping_tax_minor)

    @property
    def stocked(self) -> list[LineRecord]:
        """The lines of which pieces lie in a warehouse: all but those that staff wrote."""
        return [line for line in self.lines if line.kind != "custom"]

    @property
    def arrived(self) -> bool:
        """Nothing is left to ship, and every parcel that left was delivered."""
        if any(line.open_quantity > 0 for line in self.lines):
            return False
        sent = [one.state for one in self.fulfilments if one.state not in (Parcel.FAILED, Parcel.CANCELLED)]
        return bool(sent) and all(state == Parcel.DELIVERED for state in sent)


_decode = msgspec.json.Decoder(OrderRecord).decode
_SELECT = f"""
    SELECT (to_jsonb(o) || jsonb_build_object(
        'sealed_card_token', encode(o.sealed_card_token, 'hex'),
        'awaits_transfer', {AWAITS_TRANSFER},
        'replacements', {REPLACEMENTS},
        'lines', (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.line) FROM order_lines l WHERE l.order_id = o.order_id),
        'history', (SELECT jsonb_agg(to_jsonb(h) ORDER BY h.sequence) FROM order_history h
                    WHERE h.order_id = o.order_id),
        'fulfilments', coalesce((SELECT jsonb_agg(to_jsonb(f) ORDER BY f.created_at) FROM fulfilments f
                    WHERE f.order_id = o.order_id), '[]'),
        'refunds', coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.created_at) FROM order_refunds r
                    WHERE r.order_id = o.order_id), '[]'),
        'promotions', coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.position) FROM order_promotions p
                    WHERE p.order_id = o.order_id), '[]')))::text
    FROM orders o
"""


async def load(db: Connection, order_id: UUID) -> OrderRecord | None:
    text = await db.value(f"{_SELECT} WHERE o.order_id = $1", order_id)
    return None if text is None else _decode(text)


async def load_among(db: Connection, relations: str, order_id: UUID, *values: object) -> OrderRecord | None:
    """As `load`, where `relations` (the list of a WITH) stand for the tables of their names."""
    text = await db.value(f"WITH {relations} {_SELECT} WHERE o.order_id = $1", order_id, *values)
    return None if text is None else _decode(text)


async def load_by_cart(db: Connection, cart_id: UUID) -> OrderRecord | None:
    text = await db.value(f"{_SELECT} WHERE o.cart_id = $1", cart_id)
    return None if text is None else _decode(text)


async def load_by_number(db: Connection, number: str, email: str) -> OrderRecord | None:
    text = await db.value(f"{_SELECT} WHERE o.number = $1 AND lower(o.email) = lower($2)", number, email)
    return None if text is None else _decode(text)


_MOVE = """
    WITH moved AS (
        UPDATE orders SET state = $4, version = version + 1, reason = $5, action_url = $6, resume_at = $7,
            payment_attempt = $8, sealed_card_token = $9, updated_at = $10, held_at = NULL, hold_reason = NULL,
            return_url = coalesce($12, return_url), card_network = coalesce($13, card_network),
            card_last4 = coalesce($14, card_last4), payments = coalesce($15, payments),
            payment_method = coalesce($16, payment_method), decide_by = coalesce($17, decide_by),
            placed_at = CASE WHEN $4 = 'placed' THEN $10 ELSE placed_at END
        WHERE order_id = $1 AND state = $2 AND payment_attempt = $3 AND open_fulfilments = 0
            AND amending_id IS NULL
        RETURNING order_id, version)
    INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at)
    SELECT order_id, version, 'state', $2, $4, $5, $11, $10 FROM moved
    RETURNING sequence
    """


async def move(
    tx: Transaction,
    order: OrderRecord,
    to: State,
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
    action_url: str | None = None,
    resume_at: datetime | None = None,
    attempt: int | None = None,
    sealed_card_token: bytes | None = None,
    return_url: str | None = None,
    card: tuple[str, str] | None = None,
    paid_by: tuple[int, str] | None = None,
    decide_by: datetime | None = None,
) -> OrderRecord | None:
    """The order after the move; None when it is no longer in the state (and payment attempt) it was seen in.

    The card's token is kept only where `sealed_card_token` says so: a new one for a new attempt.
    `card` is the network and the last digits of the one that it is placed with; `paid_by`, with a new attempt, how
    many payments the order then has and what the main one is made with.
    """
    assert to in TRANSITIONS[order.state], f"{order.state} -> {to} is not a move"
    version = await tx.value(
        _MOVE,
        order.order_id,
        order.state.value,
        order.payment_attempt,
        to.value,
        reason,
        action_url,
        resume_at,
        attempt or order.payment_attempt,
        sealed_card_token,
        now,
        actor,
        return_url,
        *(card or (None, None)),
        *(paid_by or (None, None)),
        decide_by,
    )
    if version is None:
        return None
    entry = Entry("state", order.state.value, to.value, reason, actor, now)
    return msgspec.structs.replace(
        order,
        state=to,
        version=version,
        reason=reason,
        action_url=action_url,
        resume_at=resume_at,
        payment_attempt=attempt or order.payment_attempt,
        sealed_card_token=sealed_card_token.hex() if sealed_card_token else None,
        return_url=return_url or order.return_url,
        updated_at=now,
        placed_at=now if to is State.PLACED else order.placed_at,
        card_network=card[0] if card else order.card_network,
        card_last4=card[1] if card else order.card_last4,
        payments=paid_by[0] if paid_by else order.payments,
        payment_method=paid_by[1] if paid_by else order.payment_method,
        decide_by=decide_by or order.decide_by,
        history=[*order.history, entry],
    )


async def lock(tx: Transaction, order_id: UUID) -> None:
    """Nobody changes it until this transaction ends."""
    await tx.execute("SELECT 1 FROM orders WHERE order_id = $1 FOR UPDATE", order_id)


async def note(
    tx: Transaction,
    order_id: UUID,
    reason: str,
    actor: str,
    now: datetime,
    *,
    kind: str = "payment",
    event: Event | None = None,
) -> None:
    """An entry that moves no state; an `event` that it comes of is kept with it whole."""
    await tx.execute(
        """
        WITH noted AS (
            UPDATE orders SET version = version + 1, updated_at = $4 WHERE order_id = $1
            RETURNING order_id, version, state)
        INSERT INTO order_history (order_id, sequence, kind, from_state, to_state, reason, actor, at, details)
        SELECT order_id, version, $6, state, state, $2, $3, $4, $5::jsonb FROM noted
        """,
        order_id,
        reason,
        actor,
        now,
        None if event is None else msgspec.json.encode(event).decode(),
        check_kind(kind),
    )


async def set_backordered(tx: Transaction, order_id: UUID, backordered: Sequence[Backordered]) -> None:
    """The order's row is locked."""
    await tx.execute(
        """
        UPDATE order_lines SET backordered_quantity = told.quantity, expected_at = told.expected_at
        FROM unnest($2::text[], $3::integer[], $4::timestamptz[]) AS told (sku, quantity, expected_at)
        WHERE order_id = $1 AND order_lines.sku = told.sku
        """,
        order_id,
        [one.sku for one in backordered],
        [one.quantity for one in backordered],
        [one.expected_at for one in backordered],
    )


async def count_allocated(tx: Transaction, order_id: UUID, sku: str, quantity: int) -> None:
    """The order's row is locked."""
    await tx.execute(
        """
        UPDATE order_lines SET backordered_quantity = greatest(backordered_quantity - $3, 0)
        WHERE order_id = $1 AND sku = $2
        """,
        order_id,
        sku,
        quantity,
    )


async def detach_cart(tx: Transaction, order_id: UUID) -> None:
    """The cart is given back: it may become another order."""
    await tx.execute("UPDATE orders SET cart_id = NULL WHERE order_id = $1", order_id)


async def postpone(tx: Connection, order_id: UUID, resume_at: datetime) -> None:
    await tx.execute(
        "UPDATE orders SET resume_at = $2 WHERE order_id = $1 AND resume_at IS NOT NULL", order_id, resume_at
    )


async def take_due(db: Connection, now: datetime, lease_until: datetime, most: int) -> list[UUID]:
    """Orders whose time to be driven on has come, each lent to this caller until `lease_until`."""
    rows = await db.fetch(
        """
        UPDATE orders SET resume_at = $2 WHERE order_id IN (
            SELECT order_id FROM orders WHERE resume_at <= $1 ORDER BY resume_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING order_id
        """,
        now,
        lease_until,
        most,
    )
    return [row["order_id"] for row in rows]


async def add_captured(tx: Transaction, order_id: UUID, amount_minor: int) -> int:
    """Answers how much of it is above what the order comes to: it was edited before this was heard of, and what
    nobody wanted any more (`spare_minor`) was taken. That is to be given back."""
    excess: int = await tx.value(
        """
        WITH seen AS (
            SELECT order_id, greatest(0, captured_minor + $2 - total_minor - adjustment_minor) AS excess_minor
            FROM orders WHERE order_id = $1 FOR UPDATE)
        UPDATE orders o SET captured_minor = captured_minor + $2, adjustment_minor = adjustment_minor + excess_minor,
            spare_minor = spare_minor - excess_minor
        FROM seen WHERE o.order_id = seen.order_id RETURNING excess_minor
        """,
        order_id,
        amount_minor,
    )
    return excess


def found_by(order: OrderRecord) -> list[str]:
    people = (order.billing_address, order.shipping_address)
    texts = [order.email, *(line.sku for line in order.lines)]
    return texts + [text for address in people for text in (address.name, address.company)]


def first_entry(actor: str, now: datetime) -> Entry:
    """How every order's history begins."""
    return Entry("state", None, State.PENDING.value, None, actor, now)


def replaced(order: OrderRecord, **changes: object) -> OrderRecord:
    """The order with these fields changed; nothing is written."""
    return msgspec.structs.replace(order, **changes)
