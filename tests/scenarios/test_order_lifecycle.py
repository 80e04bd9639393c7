"""A draft that a customer pays, held, packed, sent in part and cancelled in part; in one process and split."""

from __future__ import annotations

from typing import Any

import httpx

from tests.stage import ADDRESS, Stage, key


async def test_a_draft_becomes_parcels_and_the_rest_is_cancelled(stage: Stage) -> None:
    sku = await stage.article(stock=10, price_minor=2000)
    async with stage.client() as guest, await stage.staff("admin") as admin:
        terms = {
            "email": "ada@example.com",
            "lines": [
                {"sku": sku, "quantity": 3},
                {"title": "Engraving", "quantity": 1, "unit_price_minor": 500},
            ],
            "shipping_address": ADDRESS,
            "shipping": {"price_minor": 490},
        }
        draft = await _post(admin, "/v1/order-drafts", terms)
        order_id, token = draft["order"]["order_id"], draft["order"]["token"]
        await _post(admin, f"/v1/order-drafts/{order_id}/reserve")
        assert await stage.available(sku) == 7
        await _post(admin, f"/v1/order-drafts/{order_id}/send", {"message": "as we spoke"})
        path = f"/v1/orders/{order_id}"
        body = {"card_token": await stage.card_token()}
        paid = await guest.post(f"{path}/payments", params={"token": token}, json=body, headers=key())
        assert paid.is_success, paid.text
        await stage.wait_for_state(admin, draft["order"], "placed")
        assert await stage.available(sku) == 7, "what was held is what was paid"
        await _post(admin, f"{path}/hold", {"reason": "odd address"})
        refused = await admin.post(f"{path}/fulfilments", json={}, headers=key())
        assert refused.json()["code"] == "order_held"
        await _post(admin, f"{path}/release")
        one = {"lines": [{"sku": sku, "quantity": 1}, {"sku": "CUSTOM-1", "quantity": 1}], "ship": False}
        asked = await _post(admin, f"{path}/fulfilments", one)
        parcel = f"{path}/fulfilments/{asked['fulfilments'][0]['fulfilment_id']}"
        await _post(admin, f"{parcel}/pack")
        sent = await _post(
            admin, f"{parcel}/ship", {"carrier": "DHL", "tracking_number": "00340434161094021501"}
        )
        assert sent["state"] == "partially_fulfilled"
        rest = {"lines": [{"sku": sku, "quantity": 2}]}
        cancelled = await _post(admin, f"{path}/cancellations", rest)
        assert (cancelled["state"], cancelled["cancelled"]["amount_minor"]) == ("fulfilled", 4000)
        assert await stage.available(sku) == 9


async def _post(client: httpx.AsyncClient, path: str, body: object = None) -> Any:
    answer = await client.post(path, json=body, headers=key())
    assert answer.is_success, answer.text
    return answer.json()
