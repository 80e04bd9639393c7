"""After the sale, in one process and split: something is returned, exchanged, claimed and edited, to the cent."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.stage import Stage, key


async def _done(client: httpx.AsyncClient, path: str, body: Any = None, **params: str) -> Any:
    """What was answered, which must be a success."""
    answer = await client.post(path, json=body, params=params, headers=key())
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
    return answer.json()


async def test_what_was_bought_is_edited_sent_returned_and_claimed(stage: Stage) -> None:
    vase, mug = await stage.article(stock=5, price_minor=6800), await stage.article(stock=5, price_minor=1900)
    async with stage.client() as guest, await stage.staff() as admin:
        order = (await stage.order(guest, [(vase, 2), (mug, 1)])).json()
        path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
        begun = await _done(
            admin, f"{path}/edits", {"lines": [{"sku": vase, "quantity": 1}], "reason": "one is enough"}
        )
        assert begun["preview"]["difference_minor"] == -6800
        await _done(admin, f"{path}/edits/{begun['edit_id']}/request", {"message": "is this right?"})
        agreed = await asyncio.gather(
            *(
                guest.post(f"{path}/edits/{begun['edit_id']}/confirm", params=token, headers=key())
                for _ in range(4)
            )
        )
        assert {a.status_code for a in agreed} == {200}, [a.text for a in agreed]
        assert await stage.available(vase) == 4
        await _done(admin, f"{path}/fulfilments", {})
        await stage.wait_for_state(guest, order, "fulfilled")

        asked = await _done(guest, f"{path}/returns", {"lines": [{"sku": vase, "quantity": 1}]}, **token)
        returned = f"{path}/returns/{asked['return_id']}"
        await _done(admin, f"{returned}/approve", {"carrier": "DHL", "label": "RT-1"})
        pieces = [{"sku": vase, "quantity": 1, "warehouse": "LEJ", "condition": "restock"}]
        came = await asyncio.gather(
            *(admin.post(f"{returned}/receipts", json={"pieces": pieces}, headers=key()) for _ in range(4))
        )
        assert sorted(a.status_code for a in came) == [201, 409, 409, 409], [a.text for a in came]
        assert await stage.available(vase) == 5
        assert not (await stage.settle()).violations
        paid = await _done(admin, f"{returned}/refund", {"fee_minor": 300})
        assert paid["refund"]["amount"]["amount_minor"] == 6500

        body = {
            "kind": "damaged",
            "lines": [{"sku": mug, "quantity": 1}],
            "evidence": ["https://photos.example/1"],
        }
        claim = await _done(guest, f"{path}/claims", body, **token)
        decision = f"{path}/claims/{claim['claim_id']}"
        await _done(admin, f"{decision}/decide", {"outcome": "replacement"})
        sent = await _done(admin, f"{decision}/ship", {"carrier": "DHL"})
        assert sent["state"] == "settled"
        assert await stage.available(mug) == 3
        report = await stage.settle()
        assert not report.violations, report.violations
        seen = (await guest.get(path, params=token)).json()
        assert (seen["state"], seen["refunded"]["amount_minor"]) == ("partially_returned", 6500)


async def test_pieces_are_exchanged_and_what_is_dearer_is_due(stage: Stage) -> None:
    cheap, dear = await stage.article(price_minor=1900), await stage.article(price_minor=6800)
    async with stage.client() as guest, await stage.staff() as admin:
        order = (await stage.order(guest, [(dear, 1)])).json()
        path = f"/v1/orders/{order['order_id']}"
        await _done(admin, f"{path}/fulfilments", {})
        await stage.wait_for_state(guest, order, "fulfilled")
        assert not (await stage.settle()).violations
        body = {"returns": [{"sku": dear, "quantity": 1}], "lines": [{"sku": cheap, "quantity": 1}]}
        begun = await _done(admin, f"{path}/exchanges", body)
        assert (begun["preview"]["credit_minor"], begun["preview"]["refund_minor"]) == (1900, 4900)
        done = await _done(admin, f"{path}/exchanges/{begun['edit_id']}/confirm")
        returned = f"{path}/returns/{done['return_id']}"
        pieces = [{"sku": dear, "quantity": 1, "warehouse": "LEJ", "condition": "quality_control"}]
        await _done(admin, f"{returned}/receipts", {"pieces": pieces})
        await _done(admin, f"{returned}/close", {"reason": "exchanged"})
        await _done(admin, f"{path}/fulfilments", {})
        report = await stage.settle()
        assert not report.violations, report.violations
        seen = (await admin.get(path)).json()
        assert seen["refunded"]["amount_minor"] == 4900
        assert seen["captured"]["amount_minor"] == order["totals"]["total_minor"]
