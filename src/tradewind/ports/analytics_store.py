"""A store of facts that are added up: what was sold and given back, what people did, carts left behind.

Everything in it can be made anew from elsewhere but for events of behaviour, which it alone keeps. Writing is
safe to repeat: the same orders, chunk or batch again changes nothing. One process holds a store at a time.

Money is exact: whole parts, PARTS_PER_MINOR to a minor unit of its currency, so that imported prices with four
more digits than the currency keep them. Times are microseconds since 1970 (UTC). Facts come as JSON arrays, which
a column store reads faster than a driver passes rows; the classes here say what is in them.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

PARTS_PER_MINOR = 10_000
Dimension = Literal["product", "sku", "category", "country", "customer"]


class StoreUnavailable(Exception):
    """It cannot be had now; the message says why."""


class StoreHeld(StoreUnavailable):
    """Another process has it."""


class FactsRefused(Exception):
    """The facts are not in the form that was agreed: nothing of them was taken."""


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line of an order as it was sold, or what was given back of it or taken by a lost dispute. Gross less
    refund and charge-back is the net.

    `orders` is 1 on the line that an order is counted by and 0 on all others, so that orders are counted by
    adding up. `kind` is `item`, or `shipping`, which belongs to no product.
    """

    order_id: UUID
    at_us: int
    currency: str
    kind: str
    orders: int
    units: int
    returned_units: int
    gross_parts: int
    refund_parts: int
    country: str = ""
    customer: str = ""  # who it is, by a key that stays
    customer_label: str = ""  # as a person names them
    sku: str = ""
    product_id: UUID | None = None
    title: str = ""
    category: str = ""
    demo: bool = False
    charged_back_parts: int = 0


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order that was placed: what a cart and a person came to."""

    order_id: UUID
    at_us: int
    cart_id: UUID | None
    person: str  # the account; empty for a guest
    demo: bool = False


@dataclass(frozen=True, slots=True)
class CartFact:
    """A cart as it was left behind."""

    cart_id: UUID
    at_us: int
    person: str
    email: str
    currency: str
    value_minor: int
    lines: int
    demo: bool = False


@dataclass(frozen=True, slots=True)
class EventFact:
    """Something that somebody did. `message_id` is the sender's own: a second one of the same is left out, when it
    comes within KEPT_DAYS of the first."""

    message_id: UUID
    received_us: int
    at_us: int
    kind: str  # track, page, screen, identify, group, alias
    name: str
    source: str  # segment, bus, demo
    anonymous_id: str = ""
    user_id: str = ""
    previous_id: str = ""  # of an alias: who the user was before
    product_id: str = ""
    sku: str = ""
    title: str = ""
    category: str = ""
    cart_id: str = ""
    order_id: str = ""
    properties: str = "{}"  # all of it, JSON


KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open: from `from_us`, before `to_us`."""

    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the sales is asked for; empty asks for all."""

    sku: str = ""
    category: str = ""
    country: str = ""
    customer: str = ""

    @property
    def of_lines(self) -> bool:
        """Whether it may leave out a part of an order, so that orders must be counted one by one."""
        return bool(self.sku or self.category)


@dataclass(frozen=True, slots=True)
class Sales:
    """What was sold in one currency and piece of time, or of one thing."""

    gross_parts: int = 0
    refund_parts: int = 0
    orders: int = 0
    units: int = 0
    returned_units: int = 0
    demo: bool = False
    charged_back_parts: int = 0

    @property
    def net_parts(self) -> int:
        return self.gross_parts - self.refund_parts - self.charged_back_parts


@dataclass(frozen=True, slots=True)
class BucketSales:
    """Of the `number`-th bucket since 1970."""

    number: int
    currency: str
    sales: Sales


@dataclass(frozen=True, slots=True)
class GroupSales:
    """Of one value of a dimension. `label` is how it was last named; `sku` and `product_id` where they are known."""

    key: str
    label: str
    sales: Sales
    sku: str = ""
    product_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ProductCount:
    product_id: str
    sku: str
    title: str
    count: int
    people: int


@dataclass(frozen=True, slots=True)
class EventCount:
    source: str
    kind: str
    name: str
    count: int
    people: int
    last_us: int


@dataclass(frozen=True, slots=True)
class AbandonedCart:
    cart_id: UUID
    at_us: int
    email: str
    value_minor: int
    lines: int


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Carts of one currency that were left behind, and those of them that were ordered later (`recovered`)."""

    count: int
    value_minor: int
    recovered: int
    recovered_minor: int
    items: list[AbandonedCart]


class AnalyticsStore(Protocol):
    """Raises StoreUnavailable where it cannot be had, StoreHeld where another process has it."""

    loading: Lock
    """Held by whoever moves facts in from elsewhere, so that one does at a time."""

    async def claim(self) -> None:
        """Hold it from now on, without opening it yet."""
        ...

    async def identity(self) -> tuple[UUID, bool]:
        """The id that this store was made with, and whether it is empty."""
        ...

    async def put_events(self, batches: Sequence[bytes], received_us: int) -> int:
        """Add arrays of EventFact of which none was received before `received_us`; how many were new."""
        ...

    async def put_orders(self, order_ids: Sequence[UUID], orders: bytes, lines: bytes) -> None:
        """All that is known of these orders, in place of what was: arrays of OrderFact and of SaleLine."""
        ...

    async def put_carts(self, cart_ids: Sequence[UUID], carts: bytes) -> None:
        """In place of what was known of these carts: an array of CartFact."""
        ...

    async def put_history(self, chunk_id: UUID, lines: bytes) -> None:
        """A chunk of an order history, in place of what this chunk was: an array of SaleLine."""
        ...

    async def rebuilding(self) -> AnalyticsStore:
        """The same store with empty orders, carts and history beside those that reports see, to be filled anew."""
        ...

    async def differences(self) -> list[str]:
        """How what reports see differs from what was filled anew beside it; empty where it does not."""
        ...

    async def switch(self) -> None:
        """Reports see what was filled anew, all at once."""
        ...

    async def tidy(self) -> None:
        """What it does better when nobody waits."""
        ...

    async def sales(self, span: Span, bucket_seconds: int, filter: Filter) -> list[BucketSales]:
        """By bucket and currency: bucket `n` begins n * bucket_seconds after 1970."""
        ...

    async def sales_by(
        self, dimension: Dimension, span: Span, currency: str, filter: Filter, limit: int
    ) -> list[GroupSales]:
        """Largest net first. Shipping is left out where the dimension or the filter is one of products."""
        ...

    async def currencies(self, span: Span) -> list[tuple[str, int]]:
        """Those that were sold in, with how many orders each; the most first."""
        ...

    async def purchased(self, span: Span, limit: int) -> list[ProductCount]:
        """Products by units sold, most first; `people` are customers."""
        ...

    async def seen(self, name: str, span: Span, limit: int) -> list[ProductCount]:
        """Products by how often an event of this name was about them."""
        ...

    async def abandoned(self, span: Span, currency: str, limit: int) -> Abandoned:
        """Largest value first."""
        ...

    async def cart_currencies(self, span: Span) -> list[tuple[str, int]]: ...

    async def funnel(self, steps: Sequence[str], span: Span, window_us: int) -> list[int]:
        """How many people came as far as each step, in this order, within the window from the first of them.
        The last step is also reached by an order of the same person or cart."""
        ...

    async def event_counts(self, span: Span, limit: int) -> list[EventCount]:
        """Most frequent first."""
        ...

    async def close(self) -> None: ...
