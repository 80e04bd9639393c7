"""Webhooks in: only what the processor signed, each once, in any order, and believed no further than to ask."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from uuid import uuid4

import httpx

from tests.payment.till import WEBHOOK_SECRET, Till
from tests.processor import CHALLENGED, TIMEOUT_AFTER
from tradewind.adapters.payment_gateway.standard_webhooks import signature, signing_key
from tradewind.contracts.common import Money
from tradewind.contracts.payment import ActionRequired, Pending
from tradewind.services.payment.references import authorisation_reference

PATH = "/v1/webhooks/sandbox"


def body(reference: str, status: str = "authorised") -> bytes:
    """What the processor would say of an authorisation, true or not."""
    operation = {"id": "op_1", "reference": reference, "status": "succeeded"}
    authorisation = {
        "id": "auth_1",
        "reference": reference,
        "status": status,
        "network": "visa",
        "last4": "4242",
    }
    event = {
        "type": "authorisation.updated",
        "data": {"authorisation": authorisation, "operation": operation},
    }
    return json.dumps(event).encode()


def signed(
    content: bytes, webhook_id: str = "evt_1", secret: str = WEBHOOK_SECRET, age: int = 0
) -> dict[str, str]:
    at = str(int(time.time()) - age)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": at,
        "webhook-signature": signature(signing_key(secret), webhook_id, at, content),
    }


async def send(till: Till, content: bytes, headers: dict[str, str], path: str = PATH) -> httpx.Response:
    return await till.guest.post(path, content=content, headers=headers)


async def kept(till: Till) -> int:
    return int(await till.database.value("SELECT count(*) FROM webhooks"))


async def test_what_the_processor_did_not_sign_is_turned_away(till: Till) -> None:
    content = body("authorise-1")
    good = signed(content)
    forged: list[tuple[bytes, dict[str, str]]] = [
        (content, {}),
        (content, {**good, "webhook-signature": ""}),
        (content, {**good, "webhook-signature": "v1,AAAA"}),
        (content, {**good, "webhook-id": "evt_2"}),
        (content, {**good, "webhook-timestamp": str(int(good["webhook-timestamp"]) + 1)}),
        (content, {**good, "webhook-timestamp": "soon"}),
        (content, {**good, "webhook-id": "e" * 300}),
        (content + b" ", good),
        (content, signed(content, secret="whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlciE=")),
        (content, signed(content, age=301)),
        (content, signed(content, age=-330)),  # the machine may be slow meanwhile
    ]
    for given, headers in forged:
        answer = await send(till, given, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "webhook_signature_invalid"), headers
    assert await kept(till) == 0
    assert (await send(till, content, signed(content, age=290))).status_code == 204
    rotated = signed(content, "evt_3")
    rotated["webhook-signature"] = "v1,AAAA " + rotated["webhook-signature"]
    assert (await send(till, content, rotated)).status_code == 204


async def test_what_cannot_be_read_or_is_not_ours_does_no_harm(till: Till) -> None:
    content = b"not json"
    assert (await send(till, content, signed(content))).status_code == 422
    for number, reference in enumerate(
        ("", "order 17", f"capture-{uuid4()}", authorisation_reference(uuid4(), 1))
    ):
        content = body(reference)
        assert (await send(till, content, signed(content, f"evt_{number}"))).status_code == 204
    stranger = await send(till, content, signed(content), "/v1/webhooks/another")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "processor_not_found")
    large = b"x" * (64 * 1024 + 1)
    assert (await send(till, large, signed(large))).status_code == 413


async def test_a_webhook_that_lies_changes_nothing(till: Till) -> None:
    order_id = uuid4()
    assert isinstance(await till.pay(CHALLENGED, order_id=order_id), ActionRequired)
    content = body(authorisation_reference(order_id, 1))
    assert (await send(till, content, signed(content))).status_code == 204
    assert await till.status(order_id) == "action_required"
    assert await till.events(order_id) == []


async def test_a_webhook_is_processed_once(till: Till) -> None:
    order_id = uuid4()
    challenge = await till.pay(CHALLENGED, order_id=order_id)
    content = body(authorisation_reference(order_id, 1))
    answers = await asyncio.gather(*(send(till, content, signed(content)) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {204}
    assert await kept(till) == 1
    await till.merchant.answer_challenge(challenge.url, "approve")
    assert (await send(till, content, signed(content))).status_code == 204
    assert await till.status(order_id) == "action_required", "a repeat is not looked at again"
    assert (await send(till, content, signed(content, "evt_2"))).status_code == 204
    assert await till.status(order_id) == "authorised"


async def test_webhooks_settle_what_no_answer_came_for(impatient: Till) -> None:
    async with impatient.webhooks():
        captured, refunded, authorised = await impatient.authorised(), await impatient.captured(), uuid4()
        fault: dict[str, Any] = {"kind": "timeout_after", "times": 1}
        await impatient.merchant.order_faults(
            {"operation": "capture", **fault}, {"operation": "refund", **fault}
        )
        # The webhook comes while the call still waits, and finds it in hand; the job then finds it due.
        amount = Money(1000, "EUR")
        assert await impatient.payment.capture(captured, uuid4(), amount) == Pending()
        assert await impatient.payment.refund(refunded, uuid4(), amount, "damaged") == Pending()
        assert await impatient.pay(TIMEOUT_AFTER, order_id=authorised) == Pending()
        await impatient.later(seconds=5)
        assert await impatient.status(captured) == "partially_captured"
        assert await impatient.status(refunded) == "partially_refunded"
        assert await impatient.status(authorised) == "authorised"


async def test_a_webhook_that_is_lost_or_comes_twice_makes_no_difference(till: Till) -> None:
    async with till.webhooks() as statuses:
        for kind in ("webhook_drop", "webhook_duplicate"):
            await till.merchant.order_faults({"operation": "any", "kind": kind, "times": 2})
            order_id = await till.captured()
            assert await till.events(order_id) == ["payment.authorised", "payment.captured"]
        while len(statuses) < 4:
            await asyncio.sleep(0.01)
    assert set(statuses) == {204}
    assert await kept(till) == 2
