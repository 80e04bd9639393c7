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
from tradewind.kernel.errors import Unavailable
from tradewind.services.order.claim_photo_keeping import AT_ONCE, delete_claim_photos, forget_photos
from tradewind.services.order.store import claim_photos


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


async def test_a_photo_that_cannot_be_deleted_keeps_no_other_waiting(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, _ = clients
    order = await sent(shop, visitor, ("MUG", 2))
    path, token = photos_of(await claimed(visitor, order, "MUG")), {"token": order["token"]}
    deps, files = shop.deps("order"), []
    for _ in range(2):
        made = await visitor.post(path, params=token, content=PICTURE, headers=key())
        files.append(*(set(await kept(shop)) - set(files)))
        gone = await visitor.delete(f"{path}/{made.json()['photo_id']}", params=token, headers=key())
        assert gone.status_code == 204
    stuck, _ = files
    await asyncio.to_thread(stuck.unlink)
    await asyncio.to_thread(stuck.mkdir)  # which is deleted by no unlink
    assert await delete_claim_photos(deps) == "1 deleted, 1 could not be"
    assert await kept(shop) == [stuck]
    with pytest.raises(Unavailable, match="none of 1"):
        await delete_claim_photos(deps)
    await asyncio.to_thread(stuck.rmdir)
    assert await delete_claim_photos(deps) == "1 deleted"
    assert await delete_claim_photos(deps) == "0 deleted"


async def test_an_upload_that_was_broken_off_is_not_taken_up_while_it_is_being_deleted(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, _ = clients
    order = await sent(shop, visitor, ("MUG", 2))
    path, token = photos_of(await claimed(visitor, order, "MUG")), {"token": order["token"]}
    deps, once, now = shop.deps("order"), key(), SystemClock().now()
    folder = Path(shop.runtime.running["order"].settings.data_dir) / "media"
    await asyncio.to_thread(folder.mkdir)
    in_its_way = folder / "cl"
    await asyncio.to_thread(in_its_way.touch)  # a file, where the folder should be

    async def tried(after: timedelta) -> httpx.Response:
        monkeypatch.setattr(type(deps.clock), "now", lambda self: now + after)
        return await visitor.post(path, params=token, content=PICTURE, headers=once)

    assert (await tried(timedelta(0))).status_code == 503
    await asyncio.to_thread(in_its_way.unlink)
    late = await tried(timedelta(minutes=10))
    assert (late.status_code, late.json()["code"]) == (503, "pictures_unavailable")
    ((taken, _),) = await claim_photos.take_due(deps.db, deps.clock.now(), AT_ONCE)
    by_a_slow_clock = await tried(timedelta(minutes=9, seconds=30))
    assert by_a_slow_clock.status_code == 503, "the job has it, and may have deleted its bytes"
    assert await kept(shop) == []
    monkeypatch.setattr(type(deps.clock), "now", lambda self: now + timedelta(minutes=10))
    assert await delete_claim_photos(deps) == "1 deleted"

    made = await tried(timedelta(minutes=11))
    assert (made.status_code, made.json()["photo_id"]) == (201, str(taken))
    assert await delete_claim_photos(deps) == "0 deleted"
    assert (await visitor.get(f"{path}/{taken}", params=token)).content == PICTURE
