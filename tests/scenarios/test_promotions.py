"""A price from its quote to its last refund, in one process and split: promotions, tax that is added, zones."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx

from tests.stage import Stage, key

TORONTO = {
    "name": "Margaret Atwood",
    "line1": "80 Spadina Avenue",
    "postal_code": "M5V 2J4",
    "city": "Toronto",
    "region": "ON",
    "country": "CA",
}


async def furnish(admin: httpx.AsyncClient) -> tuple[str, str, str]:
    """A shelf that is sold in CAD, without tax in its price, and sent to Toronto by weight. Answers its SKU, its
    product and the way it goes."""
    mark = uuid.uuid4().hex[:10]
    put = [
        ("/v1/currency-terms/CAD", {"prices_include_tax": False}),
        ("/v1/tax-rates/CA/standard", {"basis_points": 500}),
        ("/v1/tax-rates/CA/standard", {"basis_points": 1300, "region": "ON"}),
        (
            f"/v1/shipping-zones/{mark}",
            {"name": "Toronto", "areas": [{"country": "CA", "postal_codes": ["M"]}]},
        ),
        (
            f"/v1/shipping-methods/{mark}",
            {
                "name": "Streetcar",
                "zone": mark,
                "prices": {
                    "CAD": {"price_minor": 4999, "steps": [{"up_to_grams": 20_000, "price_minor": 1299}]}
                },
            },
        ),
    ]
    for path, body in put:
        answer = await admin.put(path, json=body)
        assert answer.status_code == 200, answer.text
    variant = {
        "sku": f"SHELF-{mark}".upper(),
        "options": {},
        "weight_grams": 4000,
        "prices": [{"currency": "CAD", "amount_minor": 3333}],
    }
    made = await admin.post(
        "/v1/products",
        json={"title": f"Shelf {mark}", "status": "active", "options": [], "variants": [variant]},
    )
    assert made.status_code == 201, made.text
    lines = [{"sku": variant["sku"], "warehouse": "LEJ", "quantity": 500}]
    received = await admin.post("/v1/stock/receipts", json={"reference": mark, "lines": lines})
    assert received.is_success, received.text
    return str(variant["sku"]), str(made.json()["product_id"]), mark


async def cart(guest: httpx.AsyncClient, sku: str, quantity: int, method: str, *codes: str) -> Any:
    body = {"currency": "CAD", "lines": [{"sku": sku, "quantity": quantity}]}
    begun = (await guest.post("/v1/carts", json=body, headers=key())).json()
    change = {
        "email": "margaret@example.com",
        "shipping_address": TORONTO,
        "shipping_method": method,
        "discount_codes": list(codes),
    }
    ready = await guest.patch(f"/v1/carts/{begun['cart_id']}", json=change, headers=key())
    assert ready.status_code == 200, ready.text
    return ready.json()


async def test_a_price_is_the_same_in_quote_cart_order_parcels_and_refunds(stage: Stage) -> None:
    async with await stage.staff() as admin, stage.client() as guest:
        sku, product_id, method = await furnish(admin)
        code = f"BOOK{uuid.uuid4().hex[:8].upper()}"
        for promotion in (
            {
                "name": "Three for two",
                "kind": "buy_x_get_y",
                "buy_quantity": 2,
                "get_quantity": 1,
                "automatic": True,
                "combinable": True,
                "priority": 1,
                "product_ids": [product_id],
            },
            {
                "name": "Readers",
                "kind": "percentage",
                "basis_points": 777,
                "codes": [code],
                "combinable": True,
                "product_ids": [product_id],
            },
        ):
            made = await admin.post("/v1/promotions", json=promotion, headers=key())
            assert made.status_code == 201, made.text
        wanted = {
            "lines": [{"sku": sku, "quantity": 4}],
            "currency": "CAD",
            "country": "CA",
            "postal_code": "M5V 2J4",
            "region": "ON",
            "shipping_method": method,
            "discount_codes": [code],
        }
        quoted = (await guest.post("/v1/quotes", json=wanted)).json()
        assert quoted["warnings"] == []
        shown = await cart(guest, sku, 4, method, code)
        goods = 3 * 3333 - 777  # a fourth is free, then 7.77 % of three
        tax = (goods * 13 + 50) // 100 + (1299 * 13 + 50) // 100
        assert quoted["totals"] == shown["totals"]
        assert shown["totals"]["total_minor"] == goods + 1299 + tax
        body = {
            "cart_id": shown["cart_id"],
            "card_token": await stage.card_token(),
            "expected_total_minor": shown["totals"]["total_minor"],
        }
        order = (await guest.post("/v1/orders", json=body, headers=key())).json()
        assert order["state"] == "placed", order
        assert order["totals"] == quoted["totals"]
        assert [p["name"] for p in order["promotions"]] == ["Three for two", "Readers"]
        path = f"/v1/orders/{order['order_id']}"
        for pieces in (1, 3):
            sent = {"lines": [{"sku": sku, "quantity": pieces}]}
            shipped = await admin.post(f"{path}/fulfilments", json=sent, headers=key())
            assert shipped.is_success, shipped.text
        after = await _captured(admin, path, order["totals"]["total_minor"])
        assert after["state"] == "fulfilled"
        for pieces in (2, 1, 1):
            back = {"lines": [{"sku": sku, "quantity": pieces}]}
            refunded = await admin.post(f"{path}/refunds", json=back, headers=key())
            assert refunded.is_success, refunded.text
        seen = (await admin.get(path)).json()
        given = sum(refund["amount"]["amount_minor"] for refund in seen["refunds"])
        assert given == order["lines"][0]["total_minor"] == goods + (goods * 13 + 50) // 100


async def _captured(admin: httpx.AsyncClient, path: str, amount_minor: int) -> Any:
    for _ in range(200):
        seen = (await admin.get(path)).json()
        if seen["captured"]["amount_minor"] == amount_minor:
            return seen
        await asyncio.sleep(0.1)
    raise AssertionError(f"{seen['captured']} was captured, not {amount_minor}")


async def test_one_customer_at_64_tills_uses_a_code_twice(stage: Stage) -> None:
    async with await stage.staff() as admin, stage.client() as guest:
        sku, _, method = await furnish(admin)
        code = f"TWICE{uuid.uuid4().hex[:8].upper()}"
        offered = {
            "name": code,
            "kind": "amount",
            "amount_minor": 100,
            "currency": "CAD",
            "codes": [code],
            "most_uses_each": 2,
        }
        made = await admin.post("/v1/promotions", json=offered, headers=key())
        assert made.status_code == 201, made.text
        token = await stage.card_token()
        carts = [await cart(guest, sku, 1, method, code) for _ in range(64)]
        bodies = [{"cart_id": one["cart_id"], "card_token": token} for one in carts]
        answers = await asyncio.gather(*(guest.post("/v1/orders", json=b, headers=key()) for b in bodies))
        assert all(answer.status_code < 500 for answer in answers)
        placed = [answer.json() for answer in answers if answer.json().get("state") == "placed"]
        assert len(placed) == 2, [answer.text for answer in answers]
        cancel = f"/v1/orders/{placed[0]['order_id']}/cancel"
        ended = await guest.post(cancel, params={"token": placed[0]["token"]}, json={}, headers=key())
        assert ended.status_code == 200, ended.text
        seen = (await admin.get(f"/v1/promotions/{made.json()['promotion_id']}")).json()
        assert seen["uses"] == 1
