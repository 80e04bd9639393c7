"""What an order leaves behind: its invoice, its timeline, and what it was before, in one process and split."""

from __future__ import annotations

import asyncio
from io import BytesIO

from pypdf import PdfReader

from tests.stage import Stage, key


async def test_a_parcel_brings_an_invoice_and_a_refund_a_credit_note(stage: Stage) -> None:
    sku = await stage.article(price_minor=3333)
    async with stage.client() as guest, await stage.staff() as admin:
        order = (await stage.order(guest, [(sku, 3)])).json()
        path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
        before = (await guest.get(path, params=token)).json()
        await admin.post(f"{path}/fulfilments", json={}, headers=key())
        await stage.wait_for_state(guest, order, "fulfilled")
        refund = {"lines": [{"sku": sku, "quantity": 1}], "reason": "chipped"}
        assert (await admin.post(f"{path}/refunds", json=refund, headers=key())).is_success
        for _ in range(100):
            documents = (await guest.get(f"{path}/documents", params=token)).json()["items"]
            if len(documents) == 2:
                break
            await asyncio.sleep(0.1)
        assert [document["kind"] for document in documents] == ["invoice", "credit_note"]
        assert documents[0]["total"]["amount_minor"] == order["totals"]["total_minor"]
        assert documents[1]["total"]["amount_minor"] == 3333
        pdf = await guest.get(documents[0]["url"], params=token)
        assert documents[0]["number"] in PdfReader(BytesIO(pdf.content)).pages[0].extract_text()

        timeline = (await guest.get(f"{path}/timeline", params=token)).json()["items"]
        assert {entry["kind"] for entry in timeline} >= {"state", "payment", "invoice", "credit_note"}
        then = (await guest.get(path, params=token | {"as_of": before["placed_at"]})).json()
        assert then == {name: value for name, value in before.items() if name != "stream_ticket"}
        exported = await admin.get("/v1/orders/export", params={"number": order["number"]})
        assert exported.text.splitlines()[1].startswith(order["number"])
    await stage.settle()
