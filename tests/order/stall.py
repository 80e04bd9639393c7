"""A stall to buy from: what it sells, a cart that is ready to be ordered, a card to pay with, what was told."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
import msgspec

from tests.shop import Shop, open_shop, staff
from tests.stage import ADDRESS, CARDS, key
from tradewind.cli.world import PORTS
from tradewind.kernel.events import Event
from tradewind.services import registry

E = TypeVar("E", bound=Event)


@asynccontextmanager
async def open_stall(database_url: str, processor_url: str) -> AsyncIterator[Shop]:
    """All services on one database, furnished; a merchant of its own."""
    merchant = uuid.uuid4().hex
    environ = {
        "TRADEWIND_PAYMENT_PROCESSOR_URL": processor_url,
        "TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY": f"sk_sandbox_{merchant}",
        "TRADEWIND_PAYMENT_PROCESSOR_PUBLISHABLE_KEY": f"pk_sandbox_{merchant}",
        "TRADEWIND_PAYMENT_PROCESSOR_TIMEOUT_SECONDS": "1",
    }
    async with open_shop(registry.NAMES, database_url, environ=environ, ports=PORTS) as opened:
        async with opened.client(staff()) as admin:
            await furnish(admin)
        yield opened


async def furnish(admin: httpx.AsyncClient) -> None:
    """One warehouse, two ways of shipping, German VAT, two articles: MUG with 10 pieces, VASE with 2."""
    made = await admin.post("/v1/warehouses", json={"code": "LEJ", "name": "Leipzig", "country": "DE"})
    assert made.status_code == 201, made.text
    standard = {"name": "Standard", "countries": ["DE"], "prices": {"EUR": {"price_minor": 490}}}
    assert (await admin.put("/v1/shipping-methods/standard", json=standard)).status_code == 200
    express = {"name": "Express", "countries": ["FR"], "prices": {"EUR": {"price_minor": 1290}}}
    assert (await admin.put("/v1/shipping-methods/express", json=express)).status_code == 200
    assert (await admin.put("/v1/tax-rates/DE/standard", json={"basis_points": 1900})).status_code == 200
    for sku, price, stock in (("MUG", 1900, 10), ("VASE", 6800, 2)):
        prices = [{"currency": "EUR", "amount_minor": price}]
        product = {
            "title": sku.title(),
            "status": "active",
            "options": [],
            "variants": [{"sku": sku, "options": {}, "prices": prices}],
        }
        assert (await admin.post("/v1/products", json=product)).status_code == 201
        receipt = {"reference": sku, "lines": [{"sku": sku, "warehouse": "LEJ", "quantity": stock}]}
        assert (await admin.post("/v1/stock/receipts", json=receipt)).status_code == 201


async def card_token(shop: Shop, card: str = "good") -> str:
    settings = shop.runtime.running["payment"].settings
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{settings.processor_url}/v1/tokens",
            json={"number": CARDS.get(card, card), "exp_month": 12, "exp_year": 2040, "cvc": "123"},
            headers={"authorization": f"Bearer {settings.processor_publishable_key}"},
        )
        return str(answer.json()["token"])


async def ready_cart(client: httpx.AsyncClient, *lines: tuple[str, int]) -> Any:
    body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}
    cart = (await client.post("/v1/carts", json=body)).json()
    change = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_method": "standard"}
    return (await client.patch(f"/v1/carts/{cart['cart_id']}", json=change)).json()


async def place(
    shop: Shop, client: httpx.AsyncClient, *lines: tuple[str, int], card: str = "good", **more: Any
) -> Any:
    """The order as answered, after every event was delivered."""
    cart = await ready_cart(client, *lines)
    body = {"cart_id": cart["cart_id"], **more}
    if "card_token" not in more:
        body["card_token"] = await card_token(shop, card)
    answer = await client.post("/v1/orders", json=body, headers=key())
    assert answer.is_success, answer.text
    await shop.deliver_events()
    return answer.json()


async def pay_due(shop: Shop, client: httpx.AsyncClient, order: Any) -> None:
    """By a guest's card, what an edit or exchange left to be paid; every event is delivered."""
    answer = await client.post(
        f"/v1/orders/{order['order_id']}/payments",
        params={"token": order["token"]},
        json={"card_token": await card_token(shop)},
        headers=key(),
    )
    assert answer.is_success, answer.text
    await shop.deliver_events()


async def told(shop: Shop, event: type[E], subject_id: str) -> list[E]:
    """What the order service told of this, in order."""
    rows = await shop.database("order").fetch(
        "SELECT payload FROM outbox WHERE type = $1 AND key = $2 ORDER BY id", event.event_type(), subject_id
    )
    return [msgspec.json.decode(row["payload"], type=event) for row in rows]
