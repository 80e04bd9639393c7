"""What the back office offers of an order is what can be done with it, and what cannot has its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.faces.browser import Visitor
from tests.faces.clerk import asked, order, run, sign_in
from tests.stage import Stage

Visit = Callable[..., Visitor]


def test_what_waits_for_its_return_is_not_offered_to_be_sent(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=1)
    api, sku, other = f"/v1/orders/{placed['order_id']}", placed["lines"][0]["sku"], run(shop.article())
    asked(shop, "POST", f"{api}/fulfilments", {})
    back = [{"sku": sku, "quantity": 1, "reason": "does_not_fit"}]
    wanted = {"returns": back, "lines": [{"sku": other, "quantity": 1}], "ship": "after_return"}
    exchange = asked(shop, "POST", f"{api}/exchanges", wanted)
    asked(shop, "POST", f"{api}/exchanges/{exchange['edit_id']}/confirm")
    clerk = visit()
    sign_in(clerk.page)
    url = f"/admin/orders/{placed['order_id']}"
    page = clerk.go(url)
    todo = page.get_by_role("region", name="What to do next")
    expect(todo).to_contain_text("wait until what they are exchanged for is here: 1")
    expect(todo).not_to_contain_text("Pieces that are in no parcel yet")
    expect(page.get_by_role("link", name="Ship", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Pick list in")).to_have_count(0)
    expect(page.locator("#timeline")).to_contain_text("begun, not done yet")
    expect(page.locator("#timeline")).not_to_contain_text("exchange begun")
    expect(page.locator(".sums").first).to_contain_text("Shipping Standard")
    page = clerk.go(f"{url}/fulfil")
    expect(page.get_by_role("heading", name="Nothing can be shipped now")).to_be_visible()
    expect(page.get_by_text("what they are exchanged for is here: 1")).to_be_visible()


def test_what_is_held_is_not_counted_to_be_shipped(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=1)
    clerk = visit()
    sign_in(clerk.page)
    url = f"/admin/orders/{placed['order_id']}"
    page = clerk.go("/admin/orders?tab=open")
    expect(page.get_by_role("link", name=placed["number"])).to_be_visible()
    asked(shop, "POST", f"/v1/orders/{placed['order_id']}/hold", {"reason": "odd address"})
    page = clerk.go("/admin/orders?tab=open")
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    expect(page.get_by_role("link", name=placed["number"])).to_have_count(0)
    row = clerk.go("/admin/orders?tab=held").get_by_role("row", name=placed["number"])
    expect(row).to_contain_text("Held")
    expect(row).not_to_contain_text("To ship")
    expect(clerk.go(url).locator("h1")).to_contain_text("Held")
    page = clerk.go(f"{url}/fulfil")
    expect(page.get_by_role("heading", name="This order is held")).to_be_visible()
    expect(page.get_by_text("Held: odd address")).to_be_visible()
    clerk.accessible()


def test_a_dispute_says_until_when_it_is_to_be_answered(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=1)
    asked(shop, "POST", f"/v1/orders/{placed['order_id']}/fulfilments", {})
    dispute = run(_disputed(shop, placed["order_id"]))
    clerk = visit()
    sign_in(clerk.page)
    waits = clerk.go("/admin").get_by_role("link", name="waits for an answer, until")
    expect(waits).to_have_attribute("href", "/admin/payments?view=disputes")
    page = clerk.go(f"/admin/orders/{placed['order_id']}")
    todo = page.get_by_role("region", name="What to do next")
    expect(todo).to_contain_text("is disputed: answer until")
    assert dispute["evidence_due_at"]
    page = clerk.go(f"/admin/orders/{placed['order_id']}/refund")
    expect(page.get_by_text("disputes what was captured")).to_be_visible()


def test_a_way_that_does_not_go_to_another_country_is_told_beside_those_that_do(
    visit: Visit, shop: Stage
) -> None:
    placed = order(shop, quantity=1)
    clerk = visit()
    clerk.allowed_statuses.add(422)
    sign_in(clerk.page)
    page = clerk.go(f"/admin/orders/{placed['order_id']}/after-sale")
    page.get_by_text("Change the order").click()
    page.get_by_text("Another address", exact=True).click()
    page.locator("#edit-city").fill("Austin")
    page.locator("#edit-region").fill("TX")
    page.locator("#edit-postal_code").fill("78701")
    page.locator("#edit-country").select_option("US")
    page.get_by_role("button", name="See what it comes to").first.click()
    expect(page.locator("#edit-method-wrong")).to_contain_text("These do: International")
    assert "standard" not in page.locator("#edit-method option").evaluate_all(
        "all => all.map(it => it.value)"
    )
    expect(page.get_by_role("alert")).to_have_count(1)
    clerk.accessible()


async def _disputed(shop: Stage, order_id: str) -> Any:
    """The customer asks the bank for all of it, and the shop has heard."""
    async with httpx.AsyncClient() as bank:
        answer = await bank.post(
            f"{shop.processor_url}/sandbox/disputes",
            json={"reference": f"authorise-{order_id}-1"},
            headers={"authorization": f"Bearer {shop.environ['TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY']}"},
        )
        assert answer.status_code == 201, answer.text
    async with await shop.staff() as admin:
        for _ in range(100):
            order = (await admin.get(f"/v1/orders/{order_id}")).json()
            if order.get("disputed"):
                listed = (await admin.get("/v1/disputes", params={"order_id": order_id})).json()
                return listed["items"][0]
            await asyncio.sleep(0.1)
    raise AssertionError("the shop did not hear of the dispute")
