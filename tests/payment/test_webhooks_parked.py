"""Webhooks that do not fit what we know: kept sealed, parked with the reason, never applied, replayed once mended."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.payment.test_webhooks import body, kept, send, signed
from tests.payment.till import Till
from tests.processor import CHALLENGED
from tradewind.contracts.payment import ActionRequired
from tradewind.services.payment import jobs
from tradewind.services.payment.references import authorisation_reference
from tradewind.services.payment.store.webhooks import place


def told(reference: str, **changes: Any) -> bytes:
    """A webhook that says more of the authorisation."""
    event = json.loads(body(reference))
    event["data"]["authorisation"].update({"amount_minor": 5000, "currency": "EUR", **changes})
    return json.dumps(event).encode()


async def challenged(till: Till) -> tuple[UUID, str]:
    """An order whose shopper has confirmed by now, which only a webhook would tell us."""
    order_id = uuid4()
    challenge = await till.pay(CHALLENGED, order_id=order_id)
    assert isinstance(challenge, ActionRequired)
    await till.merchant.answer_challenge(challenge.url, "approve")
    return order_id, authorisation_reference(order_id, 1)


async def parked(till: Till) -> list[Any]:
    answer = await till.staff.get("/v1/received-webhooks", params={"state": "parked"})
    items: list[Any] = answer.json()["items"]
    return items


async def replay(till: Till, one: Any) -> Any:
    path = f"/v1/received-webhooks/{one['received_webhook_id']}/replay"
    return (await till.staff.post(path, headers={"idempotency-key": str(uuid4())})).json()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"amount_minor": 4999}, "amount_differs"),
        ({"currency": "USD"}, "currency_differs"),
        ({"id": "another"}, "order_differs"),
    ],
)
async def test_what_says_otherwise_than_our_own_row_is_parked_and_not_applied(
    till: Till, changes: dict[str, Any], problem: str
) -> None:
    order_id, reference = await challenged(till)
    if "id" in changes:
        other = await till.authorised()
        changes = {
            "id": await till.database.value("SELECT processor_id FROM attempts WHERE order_id = $1", other)
        }
    content = told(reference, **changes)
    assert (await send(till, content, signed(content))).status_code == 204
    assert await till.status(order_id) == "action_required"
    (seen,) = await parked(till)
    assert (seen["problem"], seen["references"][0], seen["kind"]) == (
        problem,
        reference,
        "authorisation.updated",
    )
    assert (await replay(till, seen))["problem"] == problem, "it still does not fit"
    assert await till.status(order_id) == "action_required"
    right = told(reference)
    assert (await send(till, right, signed(right, "evt_2"))).status_code == 204
    assert await till.status(order_id) == "authorised"


async def test_what_names_nothing_that_we_know_is_replayed_once_we_do(till: Till) -> None:
    order_id = uuid4()
    content = told(authorisation_reference(order_id, 1))
    for _ in range(3):
        assert (await send(till, content, signed(content))).status_code == 204
    (seen,) = await parked(till)
    assert (seen["problem"], await kept(till)) == ("reference_unknown", 1)
    challenge = await till.pay(CHALLENGED, order_id=order_id)
    await till.merchant.answer_challenge(challenge.url, "approve")
    key = {"idempotency-key": str(uuid4())}
    path = f"/v1/received-webhooks/{seen['received_webhook_id']}/replay"
    answers = await asyncio.gather(*(till.staff.post(path, headers=key) for _ in range(2)))
    done = await till.staff.post(path, headers=key)
    assert (done.json()["state"], done.json()["replays"]) == ("applied", 1), [it.text for it in answers]
    assert await till.status(order_id) == "authorised"
    again = await till.staff.post(path, headers={"idempotency-key": str(uuid4())})
    assert (again.status_code, again.json()["code"]) == (409, "webhook_not_parked")
    assert await parked(till) == []


async def test_a_dispute_that_fits_nothing_is_parked_and_one_that_does_is_taken_in_once(till: Till) -> None:
    order_id = await till.captured()
    reference = authorisation_reference(order_id, 1)
    for number, name in enumerate(("dsp_unknown", await till.merchant.dispute(reference))):
        event = json.loads(told(reference))
        event["data"]["dispute"] = name
        content = json.dumps(event).encode()
        assert (await send(till, content, signed(content, f"evt_{number}"))).status_code == 204
    (seen,) = await parked(till)
    assert (seen["problem"], seen["references"]) == ("dispute_unknown", [reference, "dsp_unknown"])
    (dispute,) = (await till.staff.get("/v1/disputes")).json()["items"]
    assert (dispute["order_id"], dispute["state"]) == (str(order_id), "needs_response")


async def test_the_body_is_kept_sealed_and_what_a_dead_receiver_left_is_applied(till: Till) -> None:
    order_id, reference = await challenged(till)
    content = told(reference)
    await till.database.execute("ALTER TABLE webhooks ADD CONSTRAINT dies CHECK (state <> 'applied')")
    assert (await send(till, content, signed(content))).status_code == 500
    row = await till.database.row("SELECT body, sealed, state FROM webhooks")
    assert row is not None and reference.encode() not in row["body"]
    assert till.deps.webhook_bodies.unseal(row["body"], place("sandbox", "evt_1")) == content
    await till.database.execute("ALTER TABLE webhooks DROP CONSTRAINT dies")
    await till.later(seconds=60)
    assert await jobs.apply_webhooks(till.deps) == 1
    assert await till.status(order_id) == "authorised"


async def test_webhooks_come_in_any_order(till: Till) -> None:
    """The capture's before the authorisation's, both of before: what is so is asked, not told."""
    order_id = await till.captured()
    reference = authorisation_reference(order_id, 1)
    capture_id = await till.database.value("SELECT id FROM operations WHERE order_id = $1", order_id)
    event = json.loads(told(reference))
    event["data"]["operation"] = {
        "id": "op_2",
        "reference": f"capture-{capture_id}",
        "status": "succeeded",
        "amount_minor": 5000,
    }
    captured, authorised = json.dumps(event).encode(), told(reference, status="action_required")
    for name, content in (("evt_2", captured), ("evt_1", authorised)):
        assert (await send(till, content, signed(content, name))).status_code == 204
    assert await parked(till) == []
    assert await till.status(order_id) == "captured"
    assert await till.events(order_id) == ["payment.authorised", "payment.captured"]
