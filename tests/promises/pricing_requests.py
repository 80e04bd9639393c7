"""Ready-made requests of promotions, quotes and the shop's terms."""

from __future__ import annotations

from typing import Any

from tests.promises.market import GUEST, Market
from tests.promises.ready import Ready, ready, word

LATER = "2096-01-01T00:00:00Z"


async def promotion(market: Market, **parts: Any) -> str:
    body = {"name": "A tenth", "kind": "percentage", "basis_points": 1000, **parts}
    return str((await market.send(market.admin, "POST", "/v1/promotions", body))["promotion_id"])


@ready("order_post_promotion")
async def offer_promotion(market: Market) -> Ready:
    body = {"name": "A tenth", "kind": "percentage", "basis_points": 1000, "codes": [word()]}
    return Ready(market.admin, body)


@ready("order_patch_promotion")
async def change_promotion(market: Market) -> Ready:
    return Ready(market.admin, {"active": False}, {"promotion_id": await promotion(market)})


@ready("order_post_promotion_archive")
async def archive_promotion(market: Market) -> Ready:
    return Ready(market.admin, path={"promotion_id": await promotion(market)})


@ready("order_post_promotion_codes")
async def add_codes(market: Market) -> Ready:
    return Ready(market.admin, {"count": 3, "prefix": "X-"}, {"promotion_id": await promotion(market)})


@ready("order_post_quote")
async def ask_for_quote(market: Market) -> Ready:
    return Ready(GUEST, {"lines": [{"sku": await market.article(), "quantity": 2}], "country": "DE"})


@ready("order_put_shipping_method")
async def set_shipping_method(market: Market) -> Ready:
    body = {"name": "Courier", "prices": {"EUR": {"price_minor": 990}}, "countries": ["FR"]}
    return Ready(market.admin, body, {"code": word().lower()})


@ready("order_put_shipping_zone")
async def set_shipping_zone(market: Market) -> Ready:
    body = {"name": "Corsica", "areas": [{"country": "FR", "postal_codes": ["20"]}]}
    return Ready(market.admin, body, {"code": word().lower()})


@ready("order_delete_shipping_zone")
async def remove_shipping_zone(market: Market) -> Ready:
    zone = await set_shipping_zone(market)
    await market.send(market.admin, "PUT", f"/v1/shipping-zones/{zone.path['code']}", zone.body)
    return Ready(market.admin, path=zone.path)


@ready("order_put_tax_rate")
async def set_tax_rate(market: Market) -> Ready:
    return Ready(market.admin, {"basis_points": 700}, {"country": "FR", "tax_class": word().lower()})


@ready("order_delete_tax_rate")
async def remove_tax_rate(market: Market) -> Ready:
    path = {"country": "FR", "tax_class": word().lower()}
    body = {"basis_points": 700, "valid_from": LATER}
    await market.send(market.admin, "PUT", f"/v1/tax-rates/FR/{path['tax_class']}", body)
    return Ready(market.admin, path=path, query={"valid_from": LATER})


@ready("order_post_european_rates")
async def load_european_rates(market: Market) -> Ready:
    return Ready(market.admin, {"countries": ["MT"]})


@ready("order_put_currency_terms")
async def set_currency_terms(market: Market) -> Ready:
    return Ready(market.admin, {"prices_include_tax": False}, {"currency": "JPY"})
