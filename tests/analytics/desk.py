"""A shop whose reports are asked for: what others tell is put into the analytics inbox as the bus would."""

from __future__ import annotations

import base64
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from tests.shop import Shop, guest, open_shop, staff
from tradewind.cli.world import PORTS
from tradewind.contracts.common import Address, Money
from tradewind.contracts.order import (
    Buyer,
    CartAbandoned,
    OrderCancelled,
    OrderedLine,
    OrderPlaced,
    OrderRefunded,
    OrderTotals,
)
from tradewind.kernel.events import Envelope, Event
from tradewind.services import registry

WRITE_KEY = {"authorization": "Basic " + base64.b64encode(b"development-write-key:").decode()}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def line(sku: str, quantity: int, total_minor: int, category: str = "Home > Vases") -> OrderedLine:
    product_id = uuid.uuid5(uuid.NAMESPACE_URL, sku.partition("/")[0])
    unit_minor = total_minor // max(quantity, 1)
    return OrderedLine(
        sku, product_id, f"The {sku.partition('/')[0]}", quantity, unit_minor, total_minor, category
    )


def placed(
    lines: Sequence[OrderedLine],
    *,
    shipping_minor: int = 490,
    currency: str = "EUR",
    country: str = "DE",
    buyer: Buyer | None = None,
    cart_id: uuid.UUID | None = None,
) -> OrderPlaced:
    items_minor = sum(of.total_minor for of in lines)
    total_minor = items_minor + shipping_minor
    return OrderPlaced(
        order_id=uuid.uuid4(),
        number=uuid.uuid4().hex[:8].upper(),
        buyer=buyer or Buyer("ada@example.com", "Ada Lovelace"),
        total=Money(total_minor, currency),
        totals=OrderTotals(items_minor, 0, shipping_minor, 0, total_minor),
        lines=list(lines),
        shipping_address=Address("Ada Lovelace", "Karlstr. 12", "Leipzig", country),
        shipping_method="standard",
        cart_id=cart_id,
    )


def refunded(order: OrderPlaced, amount_minor: int) -> OrderRefunded:
    amount = Money(amount_minor, order.total.currency)
    return OrderRefunded(order.order_id, order.number, uuid.uuid4(), order.buyer, amount, amount, order.total)


def cancelled(order: OrderPlaced, *, was_placed: bool = True) -> OrderCancelled:
    return OrderCancelled(order.order_id, order.number, "asked", order.buyer, order.total, was_placed)


def left_behind(lines: Sequence[OrderedLine], email: str | None = "ada@example.com") -> CartAbandoned:
    value = Money(sum(of.total_minor for of in lines), "EUR")
    return CartAbandoned(uuid.uuid4(), None, email, value, list(lines))


@dataclass
class Desk:
    """`get` asks for a report as an administrator, `tell` says what happened and when."""

    shop: Shop
    admin: httpx.AsyncClient
    visitor: httpx.AsyncClient

    @property
    def deps(self) -> Any:
        return self.shop.deps("analytics")

    async def get(self, report: str, **query: Any) -> Any:
        names = {name.rstrip("_"): value for name, value in query.items()}
        answer = await self.admin.get(f"/v1/reports/{report}", params=names)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tell(self, event: Event, when: str, event_id: uuid.UUID | None = None) -> Envelope:
        envelope = Envelope(
            id=event_id or uuid.uuid4(),
            type=event.event_type(),
            source="order",
            key=event.subject_id(),
            occurred_at=at(when),
            trace="",
            data=msgspec.Raw(msgspec.json.encode(event)),
        )
        await self.deliver(envelope)
        return envelope

    async def deliver(self, envelope: Envelope) -> None:
        inbox = self.shop.runtime.running["analytics"].inbox
        for name, subscription in inbox.subscriptions.items():
            if subscription.event.event_type() == envelope.type:
                assert await inbox.receive(envelope, name)
        assert not await inbox.unfinished()

    async def track(self, event: str, who: str, when: str, **properties: Any) -> None:
        """As a server of somebody's sends it, with its write key."""
        body = {"event": event, "anonymousId": who, "timestamp": f"{when}Z", "properties": properties}
        answer = await self.visitor.post("/v1/track", json=body, headers=WRITE_KEY)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def open_desk(database_url: str, **environ: str) -> AsyncIterator[Desk]:
    async with (
        open_shop(registry.NAMES, database_url, ports=PORTS, environ=environ) as shop,
        shop.client(staff()) as admin,
        shop.client(guest()) as visitor,
    ):
        yield Desk(shop, admin, visitor)
