"""What shoppers do, told to the shop's own analytics and nobody else, in the words of the Segment spec.

A random number names the browser until it is closed. Who asks not to be tracked (Global Privacy Control, Do Not
Track) is not. A shop whose analytics do not answer sells all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from tradewind.contracts.currencies import DIGITS
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.telemetry import log

COOKIE = "__Host-visit"


async def viewed(visit: Visit, product: Mapping[str, Any], variant: Mapping[str, Any], currency: str) -> None:
    properties = {
        "product_id": product["product_id"],
        "sku": variant["sku"],
        "name": product["title"],
        "category": product["category"] or "",
        "price": float(_major(variant["prices"][0]["amount_minor"], currency)),
        "currency": currency,
    }
    await _track(visit, "Product Viewed", properties)


async def added(visit: Visit, line: Mapping[str, Any], quantity: int, currency: str) -> None:
    properties = {
        "product_id": line["product_id"],
        "sku": line["sku"],
        "name": line["title"],
        "price": float(_major(line["unit_price_minor"], currency)),
        "quantity": quantity,
        "currency": currency,
    }
    await _track(visit, "Product Added", properties)


async def checkout_started(visit: Visit, cart: Mapping[str, Any]) -> None:
    currency = cart["totals"]["currency"]
    value = float(_major(cart["totals"]["total_minor"], currency))
    await _track(
        visit, "Checkout Started", {"cart_id": cart["cart_id"], "value": value, "currency": currency}
    )


async def quietly(asked: Awaitable[Any]) -> None:
    """What nobody waits for: where it fails, that is recorded and the page goes on."""
    try:
        await asked
    except ApiProblem as problem:
        log.info("not_told", code=problem.code, status=problem.status)


async def _track(visit: Visit, event: str, properties: Mapping[str, Any]) -> None:
    if _objects(visit):
        return
    body: dict[str, Any] = {"event": event, "properties": properties, "anonymousId": _anonymous_id(visit)}
    if visit.request.principal.account_id is not None:
        body["userId"] = str(visit.request.principal.account_id)
    await quietly(visit.api.post("/v1/track", body))


def _objects(visit: Visit) -> bool:
    headers = visit.request.headers
    return headers.get(b"sec-gpc") == b"1" or headers.get(b"dnt") == b"1"


def _anonymous_id(visit: Visit) -> str:
    try:
        return str(UUID(visit.cookies.get(COOKIE, "")))
    except ValueError:
        made = str(uuid4())
        visit.cookies[COOKIE] = made
        visit.set_cookie(COOKIE, made, seconds=None)
        return made


def _major(amount_minor: int, currency: str) -> Decimal:
    return Decimal(amount_minor).scaleb(-DIGITS[currency])
