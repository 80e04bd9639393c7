"""A shop whose mails a test can read, and events told to it as another service would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tests.notification.mail_server import PASSWORD, USER, Certificate, MailServer
from tests.shop import Shop, open_shop, staff
from tradewind.cli.world import PORTS
from tradewind.contracts.common import Address, Money
from tradewind.contracts.order import (
    ORDER_LINK,
    Buyer,
    OrderDelivered,
    OrderedLine,
    OrderPlaced,
    OrderTotals,
    ShippedLine,
)
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.events import Envelope, Event
from tradewind.kernel.sealing import Sealer
from tradewind.services import registry
from tradewind.services.notification.use_cases.send_due_messages import send_due_messages
from tradewind.verify.checks import verify_shop

SECRET = "development only: not a secret at all"
ENVIRON = {"TRADEWIND_PUBLIC_URL": "https://shop.example", "TRADEWIND_SHOP_NAME": "Aldea & Co"}


def smtp(server: MailServer, certificate: Certificate) -> dict[str, str]:
    return {
        "TRADEWIND_NOTIFICATION_MAILER": "smtp",
        "TRADEWIND_NOTIFICATION_MAIL_FROM": "Aldea & Co <shop@shop.example>",
        "TRADEWIND_NOTIFICATION_SMTP_HOST": "127.0.0.1",
        "TRADEWIND_NOTIFICATION_SMTP_PORT": str(server.port),
        "TRADEWIND_NOTIFICATION_SMTP_USERNAME": USER,
        "TRADEWIND_NOTIFICATION_SMTP_PASSWORD": PASSWORD,
        "TRADEWIND_NOTIFICATION_SMTP_CA_FILE": str(certificate.certificate),
    }


class LateClock(SystemClock):
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@asynccontextmanager
async def open_post_office(
    database_url: str, environ: Mapping[str, str] | None = None, *, background: bool = False
) -> AsyncIterator[PostOffice]:
    """Every service, for events come from several. What a test leaves must satisfy the invariants."""
    clock = LateClock()
    async with open_shop(
        registry.NAMES, database_url, environ=environ, ports=PORTS, background=background, clock=clock
    ) as shop:
        office = PostOffice(shop, clock)
        yield office
        report = await verify_shop(shop.runtime)
        broken = [line for line in report.violations if line.startswith("notification")]
        assert not broken, "\n".join(broken)


class PostOffice:
    def __init__(self, shop: Shop, clock: LateClock) -> None:
        self.shop, self.clock = shop, clock
        self.deps = shop.deps("notification")

    async def tell(self, event: Event, event_id: UUID | None = None) -> UUID:
        """Hand the event over as the relay does. Answers its id, so that it can be told again."""
        told = event_id or self.clock.new_id()
        envelope = Envelope(
            told,
            event.event_type(),
            "order",
            event.subject_id(),
            self.clock.now(),
            "",
            msgspec.Raw(msgspec.json.encode(event)),
        )
        inbox = self.shop.runtime.running["notification"].inbox
        for name, subscription in inbox.subscriptions.items():
            if subscription.event is type(event):
                assert await inbox.receive(envelope, name)
        return told

    async def send(self) -> int:
        """Everything that is due now."""
        tried = 0
        while now := await send_due_messages(self.deps):
            tried += now
        return tried

    async def messages(self, **query: str) -> list[dict[str, Any]]:
        async with self.shop.client(staff("support")) as reader:
            answer = await reader.get("/v1/messages", params=query)
            assert answer.status_code == 200, answer.text
            items: list[dict[str, Any]] = answer.json()["items"]
            return items

    async def message(self, message_id: str) -> dict[str, Any]:
        async with self.shop.client(staff("support")) as reader:
            answer = await reader.get(f"/v1/messages/{message_id}")
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

    async def one_to(self, email: str, kind: str) -> dict[str, Any]:
        (found,) = await self.messages(email=email, kind=kind)
        return found

    def order(self, buyer: Buyer | None = None, *, email: str = "gina@example.com") -> OrderPlaced:
        """Of `buyer`, or of a guest."""
        order_id = self.clock.new_id()
        line = OrderedLine("VASE", self.clock.new_id(), "Aldea vase", 2, 6800, 13600, "", "/media/vase.webp")
        return OrderPlaced(
            order_id,
            f"TW-{str(order_id)[-6:]}",
            buyer or _guest(order_id, email),
            Money(14090, "EUR"),
            OrderTotals(13600, 0, 490, 2250, 14090),
            [line],
            Address("Gina Guest", "Karlstr. 12", "Leipzig", "DE", postal_code="04107"),
            "Standard",
        )

    def delivered(self, order: OrderPlaced) -> OrderDelivered:
        line = ShippedLine("VASE", "Aldea vase", 2)
        return OrderDelivered(order.order_id, order.number, self.clock.new_id(), order.buyer, [line])


def _guest(order_id: UUID, email: str) -> Buyer:
    sealed = Sealer(SECRET, ORDER_LINK).seal(b"guest-token", str(order_id))
    return Buyer(email, "Gina Guest", "en", None, sealed)
