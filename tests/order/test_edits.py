"""Orders that are edited after they were placed: previewed, agreed to, done once, and exact afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.order.stall import pay_due, place, told
from tests.shop import Shop, guest, staff
from tests.stage import ADDRESS, key
from tradewind.contracts.order import EditProposed, OrderEdited
from tradewind.services.order.edit_pricing import preview
from tradewind.services.order.jobs import resume_refunds
from tradewind.services.order.shapes.edits import Preview


@pytest.fixture
async def clients(shop: Shop) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """A guest, and staff who may do everything."""
    async with shop.client(guest()) as visitor, shop.client(staff()) as admin:
        yield visitor, admin


async def begin(admin: httpx.AsyncClient, order: Any, **change: Any) -> Any:
    begun = await admin.post(f"/v1/orders/{order['order_id']}/edits", json=change, headers=key())
    assert begun.status_code == 201, begun.text
    return begun.json()


async def confirm(client: httpx.AsyncClient, edit: Any, **params: str) -> httpx.Response:
    path = f"/v1/orders/{edit['order_id']}/{edit['kind']}s/{edit['edit_id']}/confirm"
    return await client.post(path, params=params, headers=key())


async def available(client: httpx.AsyncClient, sku: str) -> int:
    return int((await client.get("/v1/availability", params={"sku": sku})).json()["items"][0]["available"])


async def test_shipping_that_no_parcel_is_left_to_bear_is_not_in_the_total(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    """The parcel that was to bear it came to nothing, and its pieces are edited away."""
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 2))
    path, one = f"/v1/orders/{order['order_id']}", {"lines": [{"sku": "MUG", "quantity": 1}]}
    asked = await admin.post(f"{path}/fulfilments", json={**one, "ship": False}, headers=key())
    bears = f"{path}/fulfilments/{asked.json()['fulfilments'][0]['fulfilment_id']}"
    assert (await admin.post(f"{path}/fulfilments", json=one, headers=key())).status_code == 201
    assert (await admin.post(f"{bears}/cancel", json={}, headers=key())).status_code == 200
    edit = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 1}])
    totals = edit["preview"]["totals"]
    assert (totals["total_minor"], totals["shipping_minor"]) == (1900, 0)
    assert (await confirm(admin, edit)).status_code == 200
    await shop.deliver_events()
    after = (await admin.get(path)).json()
    assert (after["state"], after["totals"]["total_minor"]) == ("fulfilled", 1900)
    assert (after["captured"]["amount_minor"], after["due"]["amount_minor"] if after.get("due") else 0) == (
        1900,
        0,
    )


async def test_an_order_becomes_smaller_and_what_is_not_captured_never_is(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 3), ("VASE", 1))  # 5700 + 6800 + 490
    path = f"/v1/orders/{order['order_id']}"
    edit = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 1}, {"sku": "VASE", "quantity": 0}])
    shown = edit["preview"]
    assert (shown["totals"]["total_minor"], shown["difference_minor"]) == (2390, -10600)
    assert (shown["due_minor"], shown["refund_minor"]) == (0, 0)
    assert shown["remove"] == [{"sku": "MUG", "quantity": 2}, {"sku": "VASE", "quantity": 1}]
    other = await admin.post(f"{path}/edits", json={"lines": [{"sku": "MUG", "quantity": 2}]}, headers=key())
    assert other.json()["code"] == "edit_open"
    assert (await admin.get(path)).json()["totals"]["total_minor"] == 12990
    answers = await asyncio.gather(*(confirm(admin, edit) for _ in range(6)))
    assert {a.status_code for a in answers} == {200}, [a.text for a in answers]
    assert {a.json()["state"] for a in answers} == {"confirmed"}
    after = (await admin.get(path)).json()
    assert [(line["sku"], line["quantity"]) for line in after["lines"]] == [("MUG", 1)]
    assert after["totals"]["total_minor"] == 2390
    assert [await available(admin, sku) for sku in ("MUG", "VASE")] == [9, 2]
    await admin.post(f"{path}/fulfilments", json={}, headers=key())
    await shop.deliver_events()
    done = (await admin.get(path)).json()
    assert (done["state"], done["captured"]["amount_minor"]) == ("fulfilled", 2390)
    assert len(await told(shop, OrderEdited, order["order_id"])) == 1


async def test_what_was_captured_before_an_order_became_smaller_goes_back_when_it_is_heard_of(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 3))  # 5700 + 490
    path = f"/v1/orders/{order['order_id']}"
    payments = (await admin.get("/v1/payments", params={"order_id": order["order_id"]})).json()["items"]
    by_hand = f"/v1/payments/{payments[0]['payment_id']}/captures"
    captured = await admin.post(by_hand, json={"amount_minor": 6190}, headers=key())
    assert captured.status_code == 201, captured.text
    edit = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 1}])
    assert edit["preview"]["refund_minor"] == 0, "the order has not heard of it"
    assert (await confirm(admin, edit)).status_code == 200
    await shop.deliver_events()
    after = (await admin.get(path)).json()
    assert (after["totals"]["total_minor"], after["captured"]["amount_minor"]) == (2390, 6190)
    assert [(r["amount"]["amount_minor"], r["reason"]) for r in after["refunds"]] == [
        (3800, "the order was edited")
    ]
    await resume_refunds(shop.deps("order"))
    await shop.deliver_events()
    assert (await admin.get(path)).json()["refunded"]["amount_minor"] == 3800


async def test_what_costs_more_is_due_and_not_sent_before_it_is_paid(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 1))
    path = f"/v1/orders/{order['order_id']}"
    edit = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 2}, {"sku": "VASE", "quantity": 1}])
    assert edit["preview"]["due_minor"] == 1900 + 6800
    assert (await confirm(admin, edit)).json()["due"]["amount_minor"] == 8700
    after = (await admin.get(path)).json()
    assert (after["totals"]["total_minor"], after["due"]["amount_minor"]) == (11090, 8700)
    assert [await available(admin, sku) for sku in ("MUG", "VASE")] == [8, 1]
    refused = await admin.post(
        f"{path}/fulfilments", json={"lines": [{"sku": "VASE", "quantity": 1}]}, headers=key()
    )
    assert refused.json()["code"] == "too_many_pieces"
    assert refused.json()["detail"].endswith("0 of VASE, not 1")
    parcel = await admin.post(f"{path}/fulfilments", json={}, headers=key())
    assert parcel.json()["fulfilments"][0]["lines"] == [{"sku": "MUG", "quantity": 1}], parcel.text
    smaller = await begin(admin, order, lines=[{"sku": "VASE", "quantity": 0}, {"sku": "MUG", "quantity": 1}])
    assert (smaller["preview"]["due_minor"], smaller["preview"]["refund_minor"]) == (0, 0)
    assert (await confirm(admin, smaller)).status_code == 200
    done = (await admin.get(path)).json()
    assert (done["state"], done.get("due"), done["totals"]["total_minor"]) == ("fulfilled", None, 2390)
    late = await admin.post(f"{path}/edits", json={"lines": [{"sku": "MUG", "quantity": 2}]}, headers=key())
    assert late.json()["code"] == "order_not_editable"


async def test_a_customer_is_asked_and_an_address_and_shipping_change(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 2))
    path, token = f"/v1/orders/{order['order_id']}", {"token": order["token"]}
    moved = {**ADDRESS, "line1": "Lindenallee 5"}
    edit = await begin(admin, order, shipping_address=moved, shipping_minor=0, reason="late")
    assert edit["preview"]["totals"]["total_minor"] == 3800
    assert (await visitor.get(f"{path}/edits", params=token)).json()["items"] == []
    early = await confirm(visitor, edit, **token)
    assert early.json()["code"] == "edit_not_open"
    one = f"{path}/edits/{edit['edit_id']}"
    asked = await admin.post(f"{one}/request", json={"message": "sorry"}, headers=key())
    assert asked.json()["state"] == "requested", asked.text
    theirs = (await visitor.get(f"{path}/edits", params=token)).json()["items"]
    assert [e["state"] for e in theirs] == ["requested"]
    assert "actor" not in theirs[0]
    assert (await confirm(visitor, edit)).status_code == 404
    agreed = await confirm(visitor, edit, **token)
    assert agreed.json()["state"] == "confirmed", agreed.text
    entries = (await admin.get(path)).json()["history"]
    by = [
        entry["actor"]
        for entry in entries
        if (entry.get("reason") or "").startswith(("edit begun", "edited"))
    ]
    assert len(by) == 2 and by[0] != by[1], "who asked, and who agreed"
    after = (await visitor.get(path, params=token)).json()
    assert (after["shipping_address"]["line1"], after["totals"]["shipping_minor"]) == ("Lindenallee 5", 0)
    assert len(await told(shop, EditProposed, order["order_id"])) == 1
    for change, code in (
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, "edit_empty"),
        ({}, "edit_empty"),
        ({"lines": [{"sku": "MUG", "quantity": 1}] * 2}, "sku_repeated"),
        ({"lines": [{"sku": "GHOST", "quantity": 1}]}, "sku_not_for_sale"),
        ({"lines": [{"sku": "MUG", "quantity": 3, "unit_price_minor": 1}]}, "price_fixed"),
        ({"shipping_method": "express"}, "shipping_method_not_available"),
    ):
        wrong = await admin.post(f"{path}/edits", json=change, headers=key())
        assert (wrong.status_code, wrong.json()["code"]) == (422, code), change
    refused = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 1}])
    one = f"{path}/edits/{refused['edit_id']}"
    await admin.post(f"{one}/request", json={}, headers=key())
    no = await visitor.post(f"{one}/refuse", params=token, headers=key())
    assert no.json()["state"] == "refused", no.text
    assert (await confirm(admin, refused)).json()["code"] == "edit_not_open"


async def test_a_shipping_method_stays_only_where_it_goes_to_the_new_address(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 1))
    path = f"/v1/orders/{order['order_id']}"
    lyon = {**ADDRESS, "postal_code": "69001", "city": "Lyon", "country": "FR"}
    for more, methods in (
        ({}, ["express"]),
        ({"shipping_minor": 0}, ["express"]),
        ({"shipping_method": "standard"}, ["express"]),
        ({"shipping_address": {**lyon, "country": "AT"}}, []),
    ):
        kept = await admin.post(f"{path}/edits", json={"shipping_address": lyon, **more}, headers=key())
        problem = kept.json()
        assert (kept.status_code, problem["code"]) == (422, "shipping_method_not_available"), kept.text
        assert (problem["field"], problem["details"]) == ("shipping_method", {"shipping_methods": methods})
        assert problem["detail"].endswith("choose one of: express" if methods else "none does")
    assert (await admin.get(f"{path}/edits")).json()["items"] == []

    method = {"name": "Standard", "prices": {"EUR": {"price_minor": 490}}}
    areas = [{"country": "FR"}, {"country": "DE", "except_postal_codes": ["25846-25849"]}]
    zone = await admin.put("/v1/shipping-zones/near", json={"name": "Near", "areas": areas})
    assert zone.is_success, zone.text

    async def standard(**terms: Any) -> None:
        assert (await admin.put("/v1/shipping-methods/standard", json=method | terms)).is_success

    await standard(zone="near")
    edit = await begin(admin, order, shipping_address=lyon)
    await standard(countries=["DE"])
    assert (await confirm(admin, edit)).json()["code"] == "shipping_method_not_available"
    await standard(zone="near")
    assert (await confirm(admin, edit)).json()["state"] == "confirmed"
    after = (await admin.get(path)).json()
    assert (after["shipping_address"]["city"], after["shipping_method"]) == ("Lyon", "standard")
    assert after["totals"]["shipping_minor"] == 490

    island = {"shipping_address": {**ADDRESS, "postal_code": "25847"}}
    to_the_island = await admin.post(f"{path}/edits", json=island, headers=key())
    assert to_the_island.json()["code"] == "shipping_method_not_available"
    await standard(countries=["FR"], active=False)
    nearby = await begin(admin, order, shipping_address={**lyon, "postal_code": "69002"})
    assert (await confirm(admin, nearby)).json()["state"] == "confirmed", "one in use no more, and at home"


async def test_what_staff_change_while_the_customer_agrees_is_not_agreed_to(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 1))
    path = f"/v1/orders/{order['order_id']}"
    edit = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 2}])
    one = f"{path}/edits/{edit['edit_id']}"
    assert (await admin.post(f"{one}/request", json={}, headers=key())).json()["state"] == "requested"
    other = {"lines": [{"sku": "MUG", "quantity": 2}], "shipping_address": {**ADDRESS, "line1": "Hof 3"}}

    async def changed_meanwhile(*read: Any) -> Preview:
        shown = await preview(*read)
        monkeypatch.undo()
        changed = await admin.put(one, json=other, headers=key())
        assert changed.json()["state"] == "begun", changed.text
        return shown

    monkeypatch.setattr("tradewind.services.order.use_cases.confirm_edit.preview", changed_meanwhile)
    agreed = await confirm(visitor, edit, token=order["token"])
    assert (agreed.status_code, agreed.json()["code"]) == (409, "edit_not_open"), agreed.text
    kept = (await admin.get(path)).json()
    assert (kept["shipping_address"]["line1"], kept["lines"][0]["quantity"]) == (ADDRESS["line1"], 1)
    assert (await confirm(admin, edit)).json()["state"] == "confirmed", "nothing was left behind"
    assert (await admin.get(path)).json()["shipping_address"]["line1"] == "Hof 3"


async def test_without_stock_nothing_is_done_and_it_may_be_changed(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 1))
    path = f"/v1/orders/{order['order_id']}"
    edit = await begin(admin, order, lines=[{"sku": "VASE", "quantity": 9}])
    short = await confirm(admin, edit)
    assert (short.status_code, short.json()["code"]) == (409, "out_of_stock")
    kept = (await admin.get(f"{path}/edits")).json()["items"][0]
    assert (kept["state"], "VASE (2 left)" in kept["failure"]) == ("begun", True)
    assert (await admin.get(path)).json()["totals"]["total_minor"] == 2390
    body = {"lines": [{"sku": "VASE", "quantity": 1, "unit_price_minor": 5000}]}
    changed = await admin.put(f"{path}/edits/{edit['edit_id']}", json=body, headers=key())
    assert changed.json()["preview"]["due_minor"] == 5000, changed.text
    assert (await confirm(admin, edit)).json()["state"] == "confirmed"
    given_up = await begin(admin, order, lines=[{"sku": "VASE", "quantity": 2}])
    ended = await admin.post(f"{path}/edits/{given_up['edit_id']}/cancel", headers=key())
    assert ended.json()["state"] == "cancelled"


async def test_an_edit_and_a_parcel_at_once_never_take_the_same_pieces(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    for _ in range(4):
        order = await place(shop, visitor, ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}"
        edit = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 1}])
        parcel, confirmed, cancelled = await asyncio.gather(
            admin.post(f"{path}/fulfilments", json={"lines": [{"sku": "MUG", "quantity": 2}]}, headers=key()),
            confirm(admin, edit),
            visitor.post(f"{path}/cancel", params={"token": order["token"]}, json={}, headers=key()),
        )
        answers = (parcel, confirmed, cancelled)
        assert all(a.status_code < 500 for a in answers), [a.text for a in answers]
        await shop.deliver_events()
        seen = (await admin.get(path)).json()
        sent = sum(line["fulfilled_quantity"] for line in seen["lines"])
        assert not (parcel.is_success and confirmed.is_success), (parcel.text, confirmed.text)
        assert sent == (2 if parcel.is_success else 0)
        assert not (parcel.is_success and cancelled.is_success)


async def test_money_that_was_captured_ahead_goes_back(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 3))
    path = f"/v1/orders/{order['order_id']}"
    payment = (await admin.get(path)).json()["payment"]
    captured = await admin.post(f"/v1/payments/{payment['payment_id']}/captures", json={}, headers=key())
    assert captured.is_success, captured.text
    edit = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 1}])
    assert edit["preview"]["refund_minor"] == 0  # the order has not heard of it
    await shop.deliver_events()
    stale = await confirm(admin, edit)
    assert (stale.status_code, stale.json()["code"]) == (409, "edit_outdated"), stale.text
    done = await confirm(admin, edit)
    assert done.json()["refund"]["amount"]["amount_minor"] == 3800, done.text
    await shop.deliver_events()
    after = (await admin.get(path)).json()
    assert (after["captured"]["amount_minor"], after["refunded"]["amount_minor"]) == (6190, 3800)
    shipped = await admin.post(f"{path}/fulfilments", json={}, headers=key())
    assert shipped.json()["state"] == "fulfilled", shipped.text


async def test_a_line_of_staffs_own_words_is_added_paid_for_and_sent(
    shop: Shop, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    visitor, admin = clients
    order = await place(shop, visitor, ("MUG", 1))  # 1900 and 490
    path = f"/v1/orders/{order['order_id']}"
    before = await available(admin, "MUG")
    engraving = {"title": "Engraving", "unit_price_minor": 750, "quantity": 2}
    for change, field in (
        ({"title": "Engraving", "quantity": 1}, "lines[0].unit_price_minor"),
        ({"unit_price_minor": 5, "quantity": 1}, "lines[0].title"),
        ({"title": " ", "unit_price_minor": 5, "quantity": 1}, "lines[0].title"),
        ({"sku": "VASE", "title": "Vase", "quantity": 1}, "lines[0].title"),
        ({**engraving, "tax_class": "standrad"}, "lines[0].tax_class"),
        ({"title": "Gold", "unit_price_minor": 10**13, "quantity": 2}, "lines"),
    ):
        wrong = await admin.post(f"{path}/edits", json={"lines": [change]}, headers=key())
        assert (wrong.status_code, wrong.json()["field"]) == (422, field), wrong.text
    edit = await begin(admin, order, lines=[engraving, {**engraving, "title": "Gift wrap", "quantity": 1}])
    shown = edit["preview"]
    assert [(line["sku"], line["title"], line["kind"]) for line in shown["lines"][1:]] == [
        ("CUSTOM-1", "Engraving", "custom"),
        ("CUSTOM-2", "Gift wrap", "custom"),
    ]
    assert (shown["due_minor"], shown["add"], shown["totals"]["total_minor"]) == (2250, [], 4640)
    assert (await confirm(admin, edit)).json()["state"] == "confirmed"
    lines = (await admin.get(path)).json()["lines"]
    assert [(line["sku"], line["unpaid_quantity"]) for line in lines] == [
        ("MUG", 0),
        ("CUSTOM-1", 2),
        ("CUSTOM-2", 1),
    ]
    assert {line["tax_minor"] for line in lines[1:]} == {239, 120}, "19 % contained"
    assert await available(admin, "MUG") == before
    more = await begin(
        admin, order, lines=[{"sku": "CUSTOM-2", "quantity": 0}, {**engraving, "title": "Card"}]
    )
    assert [line["sku"] for line in more["preview"]["lines"]] == ["MUG", "CUSTOM-1", "CUSTOM-3"]
    assert (await confirm(admin, more)).json()["state"] == "confirmed"
    await pay_due(shop, visitor, order)
    parcel = await admin.post(f"{path}/fulfilments", json={}, headers=key())
    assert parcel.status_code == 201, parcel.text
    await shop.deliver_events()
    done = (await admin.get(path)).json()
    assert (done["state"], done["captured"]["amount_minor"]) == ("fulfilled", 1900 + 490 + 2 * 750 + 2 * 750)
