"""Ready-made requests of an order's record: its invoice, what a customer writes."""

from __future__ import annotations

from tests.promises.market import Market
from tests.promises.ready import Ready, ready


@ready("order_post_invoice")
async def issue_invoice(market: Market) -> Ready:
    order = await market.order(await market.person())
    return Ready(market.admin, {"note": "as you asked"}, {"order_id": order["order_id"]})


@ready("order_post_customer_note")
async def write_customer_note(market: Market) -> Ready:
    person = await market.person()
    order = await market.order(person)
    return Ready(person, {"text": "Please ring next door"}, {"order_id": order["order_id"]})
