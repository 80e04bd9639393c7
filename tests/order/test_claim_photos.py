"""Photos that customers give with a claim: whole pictures, for them and staff alone, and not kept for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.order.stall import place
from tests.order.test_claims import claimed, decide
from tests.order.test_returns import sent
from tests.promises.ready import PICTURE
from tests.shop import Shop, customer, guest, staff
from tests.stage import key
from tradewind.contracts.user import AccountClosed
from tradewind.kernel.clock import SystemClock
from tradewind.services.order.claim_photo_keeping import delete_claim_photos, forget_photos


@pytest.fixture
async def clients(shop: Shop) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with shop.client(guest()) as visitor, shop.client(staff()) as admin:
        yield visitor, admin


def photos_of(claim: Any) -> str:
    return f"/v1/orders/{claim['order_id']}/claims/{claim['claim_id']}/photos"


async def kept(shop: Shop) -> list[Path]:
    folder = Path(shop.runtime.running["order"].settings.data_dir) / "media"
    return await asyncio.to_thread(lambda: sorted(folder.glob("*/claim-*.private")))


async def test_the_customer_and_staff_see_a_photo_and_nobody_else(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await sent(shop, visitor, ("MUG", 2))
    claim = await claimed(visitor, order, "MUG")
    path, token, once = photos_of(claim), {"token": order["token"]}, key()
    made = await visitor.post(path, params=token, content=PICTURE, headers=once)
    assert made.status_code == 201, made.text
    again = await visitor.post(path, params=token, content=PICTURE, headers=once)
    assert again.json() == made.json()
    photo = f"{path}/{made.json()['photo_id']}"
    for client, params in ((visitor, token), (admin, {})):
        seen = await client.get(photo, params=params)
        assert (seen.status_code, seen.content) == (200, PICTURE)
        assert seen.headers["content-type"] == made.json()["media_type"]
        assert seen.headers["cache-control"] == "no-store"
    async with shop.client(customer()) as other:
        for client, params in ((visitor, {}), (other, {}), (other, {"token": "wrong"})):
            assert (await client.get(photo, params=params)).status_code == 404
            assert (await client.delete(photo, params=params, headers=key())).status_code == 404
            foreign = await client.post(path, params=params, content=PICTURE, headers=key())
            assert foreign.status_code == 404
    (file,) = await kept(shop)
    assert (await visitor.get(f"/media/{file.name}")).status_code == 404, "shown by no public route"
    shown = (await admin.get(path.rpartition("/claims/")[0] + "/claims")).json()["items"]
    assert [it["photo_id"] for it in shown[0]["photos"]] == [made.json()["photo_id"]]

    for content, status, code in (
        (b"GIF89a", 415, "image_type_unknown"),
        (PICTURE[:-9], 422, "image_broken"),
    ):
        wrong = await visitor.post(path, params=token, content=content, headers=key())
        assert (wrong.status_code, wrong.json()["code"]) == (status, code)
    answers = await asyncio.gather(
        *(visitor.post(path, params=token, content=PICTURE, headers=key()) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 201, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"too_many_photos"}

    assert (await visitor.delete(photo, params=token, headers=key())).status_code == 204
    assert (await visitor.get(photo, params=token)).status_code == 404
    assert len(await kept(shop)) == 5
    await delete_claim_photos(shop.deps("order"))
    assert len(await kept(shop)) == 4, "what was taken back is deleted"
    assert (await decide(admin, claim, outcome="refusal")).is_success
    late = await visitor.post(path, params=token, content=PICTURE, headers=key())
    assert (late.status_code, late.json()["code"]) == (409, "claim_decided")


async def test_photos_go_some_time_after_the_claim_ended_or_with_the_account(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = customer()
    async with shop.client(me) as ada, shop.client(staff()) as admin:
        claims = []
        for _ in range(2):
            order = await place(shop, ada, ("MUG", 1))
            await admin.post(f"/v1/orders/{order['order_id']}/fulfilments", json={}, headers=key())
            body = {"kind": "damaged", "lines": [{"sku": "MUG", "quantity": 1}]}
            made = await ada.post(f"/v1/orders/{order['order_id']}/claims", json=body, headers=key())
            claims.append(made.json())
            added = await ada.post(photos_of(claims[-1]), content=PICTURE, headers=key())
            assert added.status_code == 201, added.text
        ended, still_open = claims
        assert (await decide(admin, ended, outcome="refusal")).is_success
        deps = shop.deps("order")
        await delete_claim_photos(deps)
        assert len(await kept(shop)) == 2

        now = SystemClock().now()
        monkeypatch.setattr(type(deps.clock), "now", lambda self: now + timedelta(days=91))
        await delete_claim_photos(deps)
        monkeypatch.undo()
        assert len(await kept(shop)) == 1, "of the claim that was refused 91 days before"

        assert me.account_id is not None
        async with deps.db.begin() as tx:
            await forget_photos(deps, tx, AccountClosed(me.account_id))
        await delete_claim_photos(deps)
        assert await kept(shop) == []
        path = f"/v1/orders/{still_open['order_id']}/claims"
        assert "photos" not in (await ada.get(path)).json()["items"][0]
