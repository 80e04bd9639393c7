"""A shop's payments told against the processor's own settlement file, in one process and split."""

from __future__ import annotations

from typing import Any

import httpx

from tests.stage import Stage, key


async def settlement(stage: Stage, after: int) -> tuple[bytes, int]:
    """As the processor makes it, and what the next one begins after."""
    headers = {"authorization": f"Bearer {stage.environ['TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY']}"}
    async with httpx.AsyncClient(timeout=10, headers=headers) as client:
        answer = await client.get(f"{stage.processor_url}/v1/settlements", params={"after": after})
    return answer.content, int(answer.headers["x-last-sequence"])


async def take(admin: httpx.AsyncClient, content: bytes, name: str) -> Any:
    query = {"processor": "sandbox", "file_name": name}
    answer = await admin.post("/v1/settlements", content=content, params=query, headers=key())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def held(admin: httpx.AsyncClient) -> dict[str, int]:
    items = (await admin.get("/v1/ledger/balances")).json()["items"]
    return {
        it["account"]: it["balance"]["amount_minor"] for it in items if it["balance"]["currency"] == "EUR"
    }


async def test_what_was_sold_is_paid_out_with_its_fees_and_a_strange_line_is_decided(stage: Stage) -> None:
    async with stage.client() as guest, await stage.staff() as admin:
        first, last = await settlement(stage, 0)
        if first.count(b"\n") > 1:  # of whatever ran in this shop before
            await take(admin, first, "before.csv")
        before = await held(admin)

        sku = await stage.article(5, 5000)
        made = (await stage.order(guest, [(sku, 2)])).json()
        await stage.wait_for_state(guest, made, "placed")
        path = f"/v1/orders/{made['order_id']}"
        assert (await admin.post(f"{path}/fulfilments", json={}, headers=key())).is_success
        refund = await admin.post(f"{path}/refunds", json={"amount_minor": 3000}, headers=key())
        assert refund.is_success, refund.text
        content, _ = await settlement(stage, last)
        strange = b"mov_strange,refund,refund-of-nobody,-700,0,EUR,2026-03-02,\r\n"
        taken = await take(admin, content + strange, "march.csv")
        assert (taken["lines"], taken["matched"], taken["open_exceptions"]) == (4, 3, 1), taken
        assert (await take(admin, content + strange, "march.csv"))["settlement_id"] == taken["settlement_id"]

        query = {"settlement_id": taken["settlement_id"], "state": "open"}
        (one,) = (await admin.get("/v1/settlement-exceptions", params=query)).json()["items"]
        assert (one["problem"], one["said"]["amount_minor"]) == ("unknown", -700)
        decision = {"action": "post_difference", "note": "of the shop before"}
        resolution = f"/v1/settlement-exceptions/{one['exception_id']}/resolution"
        assert (await admin.post(resolution, json=decision, headers=key())).status_code == 200
        after = await held(admin)
        change = {name: after[name] - before.get(name, 0) for name in after}
        fee = 140 + 25
        assert change["fees"] == fee
        assert change["cash_in_bank"] == 10_000 - 3000 - fee
        assert (change["cash_at_processor"], change["settlement_differences"]) == (-700, 700)

        rows = (await admin.get("/v1/payouts", params={"processor": "sandbox"})).json()["items"]
        (payout,) = (row for row in rows if row["gross_minor"] == 10_000 and row["refunds_minor"] == 3000)
        assert payout["net_minor"] == payout["paid_out_minor"] == 7000 - fee
        assert (await admin.get("/v1/received-webhooks", params={"state": "parked"})).json()["items"] == []
