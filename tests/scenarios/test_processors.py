"""Whole purchases with Stripe and with PayPal: our code and settings as in a shop, their HTTP on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.faces.browser import open_browser
from tests.faces.shopper import give_details, new_email, put_into_cart
from tests.peers.paypal_peer import PayPalPeer
from tests.peers.paypal_settings import paypal_settings
from tests.peers.serving import serving
from tests.peers.stripe_peer import StripePeer
from tests.stage import Stage, key, start_stage

SOLD_MINOR = 13600
RETURN_URL = "https://shop.example/back"


@dataclass
class Shop:
    """A running shop that is paid through the peers, and what they know of it."""

    stage: Stage
    stripe: StripePeer
    paypal: PayPalPeer

    def effects(self, processor: str) -> list[tuple[str, int]]:
        peer = {"stripe": self.stripe, "paypal": self.paypal}[processor]
        done = peer.account("shop").effects
        return [(effect.kind, int(effect.amount.replace(".", ""))) for effect in done]


@pytest.fixture(scope="module")
def _shop(
    fresh_database: Callable[[], str], processor_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    data = tmp_path_factory.mktemp("processors")
    with serving(StripePeer()) as stripe, serving(PayPalPeer()) as paypal:
        environ = {
            "TRADEWIND_PAYMENT_PROCESSORS": "paypal,stripe,sandbox",
            "TRADEWIND_PAYMENT_STRIPE_URL": stripe.url,
            "TRADEWIND_PAYMENT_STRIPE_SECRET_KEY": "sk_test_shop",
            "TRADEWIND_PAYMENT_STRIPE_PUBLISHABLE_KEY": "pk_test_shop",
            "TRADEWIND_PAYMENT_STRIPE_WALLETS": "klarna",
            "TRADEWIND_PAYMENT_STRIPE_WEBHOOK_SECRET": "whsec_of_the_shop",
            "TRADEWIND_PAYMENT_STRIPE_SCRIPT_URL": f"{stripe.url}/v3/",
            **paypal_settings(paypal, data),
        }
        stage = start_stage(fresh_database(), processor_url, data, split=False, environ=environ)
        stripe.account("shop").options["multicapture"] = True
        hooks = f"{stage.url}/v1/webhooks"
        stripe.account("shop").webhooks = {"url": f"{hooks}/stripe", "secrets": ["whsec_of_the_shop"]}
        paypal.account("shop").webhooks = {"url": f"{hooks}/paypal", "id": "WH-SHOP"}
        try:
            yield Shop(stage, stripe, paypal)
        finally:
            stage.stop()


@pytest.fixture
async def shop(_shop: Shop) -> AsyncIterator[Shop]:
    for peer in (_shop.stripe, _shop.paypal):
        peer.account("shop").effects.clear()
        peer.account("shop").faults.clear()
    yield _shop
    report = await _shop.stage.settle()
    assert not report.violations, "\n".join(report.violations)


async def order(shop: Shop, guest: httpx.AsyncClient, payment: dict[str, Any]) -> Any:
    """Two pieces of something, and what the shop says of the order."""
    sku = await shop.stage.article(stock=10, price_minor=SOLD_MINOR // 2)
    cart = await shop.stage.cart(guest, [(sku, 2)])
    body = {"cart_id": cart["cart_id"], "return_url": RETURN_URL, **payment}
    answer = await guest.post("/v1/orders", json=body, headers=key())
    assert answer.is_success, answer.text
    return answer.json()


async def approve(order: Any, form: dict[str, str]) -> None:
    async with httpx.AsyncClient() as browser:
        shown = await browser.get(order["action_url"])
        assert shown.status_code == 200 and "form" in shown.text
        sent = await browser.post(order["action_url"], data=form)
        assert sent.status_code == 303 and sent.headers["location"].startswith(RETURN_URL)


async def ship(shop: Shop, order: Any, quantity: int | None = None) -> Any:
    body = {} if quantity is None else {"lines": [{"sku": order["lines"][0]["sku"], "quantity": quantity}]}
    async with await shop.stage.staff("warehouse") as warehouse:
        path = f"/v1/orders/{order['order_id']}/fulfilments"
        answer = await warehouse.post(path, json=body, headers=key())
        assert answer.is_success, answer.text
        return answer.json()


async def give_back(shop: Shop, order: Any, amount_minor: int) -> None:
    async with await shop.stage.staff() as admin:
        body = {"amount_minor": amount_minor, "reason": "too late"}
        path = f"/v1/orders/{order['order_id']}/refunds"
        answer = await admin.post(path, json=body, headers=key())
        assert answer.is_success, answer.text


async def wait_for_effect(shop: Shop, processor: str, effect: tuple[str, int]) -> None:
    for _ in range(150):
        if effect in shop.effects(processor):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{effect} is not among {shop.effects(processor)}")


CARD = {"card_token": "pm_card_threeDSecure2Required"}
WALLET = {"payment": {"type": "wallet", "kind": "paypal"}}
KLARNA = {"payment": {"type": "wallet", "kind": "klarna"}}


@pytest.mark.parametrize(
    ("processor", "payment", "form"),
    [
        ("stripe", CARD, {"outcome": "complete"}),
        ("stripe", KLARNA, {"outcome": "complete"}),
        ("paypal", WALLET, {"payer": "good"}),
    ],
)
async def test_an_order_is_confirmed_shipped_in_parts_and_refunded(
    shop: Shop, processor: str, payment: dict[str, Any], form: dict[str, str]
) -> None:
    async with shop.stage.client() as guest:
        made = await order(shop, guest, payment)
        assert made["state"] == "action_required", made
        await approve(made, form)
        path, params = f"/v1/orders/{made['order_id']}/payments/confirm", {"token": made["token"]}
        confirmed = await guest.post(path, params=params, headers=key())
        assert confirmed.json()["state"] in ("placed", "pending"), confirmed.text
        await shop.stage.wait_for_state(guest, made, "placed")
        assert (await ship(shop, made, 1))["state"] == "partially_fulfilled"
        assert (await ship(shop, made))["state"] == "fulfilled"
        await give_back(shop, made, 10_000)
        await wait_for_effect(
            shop, processor, ("refund", 10_000 if processor == "stripe" else 10_000 - SOLD_MINOR // 2)
        )
    kinds: dict[str, int] = {}
    for kind, amount in shop.effects(processor):
        kinds[kind] = kinds.get(kind, 0) + amount
    assert kinds == {"authorise": SOLD_MINOR, "capture": SOLD_MINOR, "refund": 10_000}


async def test_an_account_that_may_capture_once_takes_all_with_the_first_parcel(shop: Shop) -> None:
    options = shop.stripe.account("shop").options
    options["multicapture"] = False
    try:
        async with shop.stage.client() as guest:
            made = await order(shop, guest, {"card_token": "pm_card_visa"})
            assert (await ship(shop, made, 1))["state"] == "partially_fulfilled"
            assert shop.effects("stripe")[1:] == [("capture", SOLD_MINOR)]
            assert (await ship(shop, made))["state"] == "fulfilled"
            await give_back(shop, made, SOLD_MINOR)
            await wait_for_effect(shop, "stripe", ("refund", SOLD_MINOR))
    finally:
        options["multicapture"] = True
    assert [kind for kind, _ in shop.effects("stripe")] == ["authorise", "capture", "refund"]


@pytest.mark.parametrize(
    ("processor", "payment", "form"),
    [
        ("stripe", CARD, {"outcome": "complete"}),
        ("stripe", KLARNA, {"outcome": "complete"}),
        ("paypal", WALLET, {"payer": "good"}),
    ],
)
async def test_a_shopper_who_never_comes_back_is_told_of_by_the_webhook(
    shop: Shop, processor: str, payment: dict[str, Any], form: dict[str, str]
) -> None:
    async with shop.stage.client() as guest:
        made = await order(shop, guest, payment)
        await approve(made, form)
        await shop.stage.wait_for_state(guest, made, "placed")
        cancelled = await guest.post(
            f"/v1/orders/{made['order_id']}/cancel", params={"token": made["token"]}, json={}, headers=key()
        )
        assert cancelled.json()["state"] == "cancelled", cancelled.text
        await wait_for_effect(shop, processor, ("void", SOLD_MINOR))
    assert shop.effects(processor) == [("authorise", SOLD_MINOR), ("void", SOLD_MINOR)]


async def test_a_wallet_of_stripes_is_offered_named_and_refused_where_nobody_has_it(shop: Shop) -> None:
    async with shop.stage.client() as guest, await shop.stage.staff() as admin:
        offered = (await guest.get("/v1/payment-methods")).json()["items"]
        wallets = [(it["kind"], it["processor"]) for it in offered if it["type"] == "wallet"]
        assert sorted(wallets) == [("klarna", "stripe"), ("paypal", "paypal")]
        made = await order(shop, guest, KLARNA)
        assert made["payment"]["method"] == "wallet"
        await approve(made, {"outcome": "fail"})
        await shop.stage.wait_for_state(guest, made, "payment_failed")
        path, params = f"/v1/orders/{made['order_id']}/payments", {"token": made["token"]}
        paid = await guest.post(path, params=params, json=KLARNA, headers=key())
        await approve(paid.json(), {"outcome": "complete"})
        placed = await shop.stage.wait_for_state(guest, made, "placed")
        assert placed["payment"]["network"] == "klarna"
        (listed,) = (await admin.get("/v1/payments", params={"order_id": made["order_id"]})).json()["items"]
        assert (listed["method"], listed["network"], listed["processor"]) == ("wallet", "klarna", "stripe")
        nobodys = {"payment": {"type": "wallet", "kind": "nobodys"}}
        refused = await order(shop, guest, nobodys)
        assert (refused["state"], refused["reason"]) == ("payment_failed", "method_not_offered")
    assert shop.effects("stripe") == [("authorise", SOLD_MINOR)]


async def test_a_refused_challenge_and_a_declined_card_leave_the_order_to_be_paid_otherwise(
    shop: Shop,
) -> None:
    async with shop.stage.client() as guest:
        made = await order(shop, guest, CARD)
        await approve(made, {"outcome": "fail"})
        failed = await shop.stage.wait_for_state(guest, made, "payment_failed")
        assert failed["reason"] == "authentication_failed"
        path, params = f"/v1/orders/{made['order_id']}/payments", {"token": made["token"]}
        for token, state in (("pm_card_visa_chargeDeclined", "payment_failed"), ("pm_card_visa", "placed")):
            paid = await guest.post(path, params=params, json={"card_token": token}, headers=key())
            assert paid.json()["state"] == state, paid.text
    assert shop.effects("stripe") == [("authorise", SOLD_MINOR)]


@pytest.mark.parametrize("kind", ["silence_after", "error"])
async def test_an_answer_that_never_came_is_found_out_and_charged_once(shop: Shop, kind: str) -> None:
    control = f"{shop.stripe.url}/_peer/shop"
    fault = {"operation": "authorise", "kind": kind, "times": 1}
    async with shop.stage.client() as guest:
        async with httpx.AsyncClient() as client:
            await client.put(control, json={"faults": [fault]})
        made = await order(shop, guest, {"card_token": "pm_card_visa"})
        seen = await shop.stage.wait_for_state(guest, made, "placed")
        assert seen["state"] == "placed"
    assert shop.effects("stripe") == [("authorise", SOLD_MINOR)]


async def test_a_browser_pays_with_fields_that_the_processors_script_draws(shop: Shop) -> None:
    """In the frame of the checkout, whose own page lets no script of others in."""
    sku = await shop.stage.article(stock=10, price_minor=SOLD_MINOR)
    async with shop.stage.client() as guest:
        product = (await guest.get("/v1/products", params={"sku": sku})).json()["items"][0]
    await asyncio.to_thread(_shop_in_a_browser, shop, product["slug"])
    assert [kind for kind, _ in shop.effects("stripe")] == ["authorise"]


def _shop_in_a_browser(shop: Shop, slug: str) -> None:
    with open_browser() as browser:
        page = browser.new_page(base_url=shop.stage.url)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        put_into_cart(page, slug)
        page.get_by_role("link", name="To the checkout").click()
        give_details(page, new_email())
        fields = page.frame_locator("iframe.card-form")
        fields.get_by_label("Card number").fill("4000000000000069")
        fields.get_by_role("button", name="Use this card").click()
        expect(fields.get_by_role("alert")).to_contain_text("incorrect")
        fields.get_by_label("Card number").fill("4000 0000 0000 3220")
        fields.get_by_role("button", name="Use this card").click()
        page.get_by_role("button", name="Order and pay").click()
        page.get_by_role("button", name="Complete").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        # Of a policy that was broken; what the peer's pages lack, such as an icon, is no matter.
        assert not [text for text in said if not text.startswith("Failed to load resource")], said
