"""A request that succeeds for each operation of gift cards, saved methods, receipts and rules."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from tests.promises.market import GUEST, Market, Person
from tests.promises.ready import Ready, ready, word
from tradewind.adapters.payment_gateway.standard_webhooks import signature, signing_key
from tradewind.services.payment.use_cases.settle_dispute import settle_dispute

SETTLEMENT_HEADER = "id,kind,reference,amount_minor,fee_minor,currency,settled_on,payout"
RULE: dict[str, Any] = {"position": 10, "processors": ["sandbox"], "currency": "EUR"}


async def gift_card_id(market: Market) -> str:
    issued = await market.send(
        market.admin, "POST", "/v1/gift-cards", {"amount_minor": 500, "currency": "EUR"}
    )
    return str(issued["gift_card"]["gift_card_id"])


async def saved_method_of(market: Market, who: Person) -> str:
    cart = await market.cart(who)
    card = {"type": "card", "token": await market.card_token(), "save": True}
    await market.send(who, "POST", "/v1/orders", {"cart_id": cart["cart_id"], "payment": card})
    kept = await market.send(who, "GET", "/v1/me/payment-methods")
    return str(kept["items"][0]["method_id"])


async def rule_id(market: Market) -> str:
    return str((await market.send(market.admin, "POST", "/v1/payment-rules", RULE))["rule_id"])


@ready("payment_post_gift_card")
async def issue_gift_card(market: Market) -> Ready:
    return Ready(market.admin, {"amount_minor": 500, "currency": "EUR", "note": "sorry"})


@ready("payment_post_gift_card_disable")
async def disable_gift_card(market: Market) -> Ready:
    return Ready(market.admin, path={"gift_card_id": await gift_card_id(market)})


@ready("payment_post_gift_card_enable")
async def enable_gift_card(market: Market) -> Ready:
    card_id = await gift_card_id(market)
    await market.send(market.admin, "POST", f"/v1/gift-cards/{card_id}/disable")
    return Ready(market.admin, path={"gift_card_id": card_id})


@ready("payment_post_gift_card_balance")
async def ask_balance(market: Market) -> Ready:
    body = {"amount_minor": 500, "currency": "EUR"}
    issued = await market.send(market.admin, "POST", "/v1/gift-cards", body)
    return Ready(GUEST, {"code": issued["code"]})


@ready("payment_delete_method")
async def delete_saved_method(market: Market) -> Ready:
    who = await market.person()
    return Ready(who, path={"saved_method_id": await saved_method_of(market, who)})


@ready("payment_post_receipt")
async def record_receipt(market: Market) -> Ready:
    cart = await market.cart(GUEST)
    body = {"cart_id": cart["cart_id"], "payment": {"type": "bank_transfer"}}
    order = await market.send(GUEST, "POST", "/v1/orders", body)
    receipt = {"amount_minor": 500, "reference": f"SEPA {word()}", "received_on": "2026-03-02"}
    return Ready(market.admin, receipt, {"payment_id": await market.payment_id(order["order_id"])})


@ready("payment_post_rule")
async def add_rule(market: Market) -> Ready:
    return Ready(market.admin, RULE)


@ready("payment_put_rule")
async def change_rule(market: Market) -> Ready:
    return Ready(market.admin, {**RULE, "position": 20}, {"rule_id": await rule_id(market)})


@ready("payment_delete_payment_rule")
async def delete_rule(market: Market) -> Ready:
    return Ready(market.admin, path={"rule_id": await rule_id(market)})


async def dispute_id(market: Market, evidence: str | None = None) -> str:
    """Of a payment that was shipped for; with evidence that is ready to be sent."""
    order = await market.order(GUEST)
    await market.send(market.admin, "POST", f"/v1/orders/{order['order_id']}/fulfilments", {})
    chosen = market.shop.runtime.running["payment"].settings
    async with httpx.AsyncClient() as client:
        opened = await client.post(
            f"{chosen.processor_url}/sandbox/disputes",
            json={"reference": f"authorise-{order['order_id']}-1"},
            headers={"authorization": f"Bearer {chosen.processor_secret_key}"},
        )
    deps = market.shop.deps("payment")
    assert await settle_dispute(deps, "sandbox", opened.json()["id"]) is None
    listed = await market.send(market.admin, "GET", "/v1/disputes", params={"order_id": order["order_id"]})
    known = str(listed["items"][0]["dispute_id"])
    if evidence is not None:
        await market.send(market.admin, "PUT", f"/v1/disputes/{known}/evidence", {"explanation": evidence})
    return known


@ready("payment_put_evidence")
async def gather_evidence(market: Market) -> Ready:
    return Ready(market.admin, {"explanation": "it was delivered"}, {"dispute_id": await dispute_id(market)})


@ready("payment_post_submission")
async def submit_evidence(market: Market) -> Ready:
    return Ready(market.admin, path={"dispute_id": await dispute_id(market, "it was delivered")})


@ready("payment_post_acceptance")
async def accept_dispute(market: Market) -> Ready:
    return Ready(market.admin, path={"dispute_id": await dispute_id(market)})


async def settlement_exception_id(market: Market) -> str:
    """A line that names nothing of ours."""
    content = f"{SETTLEMENT_HEADER}\n{word()},refund,refund-1,-500,0,EUR,2026-03-02,".encode()
    query = {"processor": "sandbox", "file_name": "settlement.csv"}
    headers = market.admin.headers
    answer = await market.edge.post("/v1/settlements", content=content, params=query, headers=headers)
    assert answer.status_code == 201, answer.text
    listed = await market.send(market.admin, "GET", "/v1/settlement-exceptions", params={"state": "open"})
    return str(listed["items"][0]["exception_id"])


@ready("payment_post_settlement")
async def take_settlement(market: Market) -> Ready:
    content = f"{SETTLEMENT_HEADER}\n{word()},fee,,0,30,EUR,2026-03-02,".encode()
    return Ready(market.admin, content, query={"processor": "sandbox", "file_name": "settlement.csv"})


@ready("payment_post_resolution")
async def resolve_exception(market: Market) -> Ready:
    body = {"action": "ignore", "note": "of the shop before"}
    return Ready(market.admin, body, {"exception_id": await settlement_exception_id(market)})


@ready("payment_post_webhook_replay")
async def replay_webhook(market: Market) -> Ready:
    """One that names what we do not know."""
    name = f"evt_{word()}"
    shown = {"id": "1", "reference": "authorise-1", "status": "authorised", "network": "", "last4": ""}
    operation = {"id": "2", "reference": "authorise-1", "status": "succeeded"}
    content = json.dumps({"data": {"authorisation": shown, "operation": operation}}).encode()
    at = str(int(time.time()))
    secret = market.shop.runtime.running["payment"].settings.processor_webhook_secret
    headers = {
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": signature(signing_key(secret), name, at, content),
    }
    sent = await market.edge.post("/v1/webhooks/sandbox", content=content, headers=headers)
    assert sent.status_code == 204, sent.text
    listed = await market.send(market.admin, "GET", "/v1/received-webhooks", params={"state": "parked"})
    found = next(it for it in listed["items"] if it["webhook_id"] == name)
    return Ready(market.admin, path={"received_webhook_id": found["received_webhook_id"]})
