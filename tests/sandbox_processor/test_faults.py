"""What goes wrong on command, and with the cards that are made to go wrong."""

import time
from functools import partial

import httpx
import pytest

from .merchant import (
    ERROR_500_TWICE,
    SLOW,
    TIMEOUT_AFTER,
    TIMEOUT_BEFORE,
    Merchant,
    refusal,
    unique,
)
from .process import HANG_SECONDS, SLOW_SECONDS

HUNG_UP = (httpx.RemoteProtocolError, httpx.ReadError)


def move(merchant: Merchant, operation: str, id_: str, reference: str, key: str) -> httpx.Response:
    """A capture or a refund of 400, or a void."""
    if operation == "void":
        return merchant.void(id_, reference, key)
    return (merchant.capture if operation == "capture" else merchant.refund)(id_, 400, reference, key)


def test_a_time_out_after_the_effect_leaves_the_charge_to_be_found(merchant: Merchant) -> None:
    reference, key, token = unique("pay"), unique("key"), merchant.token(TIMEOUT_AFTER)
    started = time.monotonic()
    with pytest.raises(HUNG_UP):
        merchant.authorise(token=token, reference=reference, key=key)
    assert time.monotonic() - started >= HANG_SECONDS
    [found] = merchant.by_reference(reference)
    assert found["status"] == "authorised"
    again = merchant.authorise(token=token, reference=reference, key=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["id"] == found["id"]
    assert merchant.log() == [("authorise", 5000)]


def test_the_charge_is_there_while_the_answer_still_does_not_come(merchant: Merchant) -> None:
    reference, token = unique("pay"), merchant.token(TIMEOUT_AFTER)
    with httpx.Client(
        verify=False, base_url=merchant.http.base_url, headers=merchant.http.headers, timeout=0.1
    ) as hasty:
        body = {"reference": reference, "amount_minor": 5, "currency": "EUR", "token": token}
        with pytest.raises(httpx.ReadTimeout):
            hasty.post("/v1/authorisations", json=body, headers={"idempotency-key": unique("key")})
    assert merchant.by_reference(reference)[0]["status"] == "authorised"


def test_a_time_out_before_the_effect_leaves_nothing_and_may_be_sent_again(merchant: Merchant) -> None:
    reference, key, token = unique("pay"), unique("key"), merchant.token(TIMEOUT_BEFORE)
    started = time.monotonic()
    with pytest.raises(HUNG_UP):
        merchant.authorise(token=token, reference=reference, key=key)
    assert time.monotonic() - started >= HANG_SECONDS
    assert merchant.by_reference(reference) == []
    assert merchant.log() == []
    again = merchant.authorise(token=token, reference=reference, key=key)
    assert again.json()["status"] == "authorised"
    assert "idempotent-replayed" not in again.headers


def test_a_slow_card_is_slow_and_then_authorised(merchant: Merchant) -> None:
    started = time.monotonic()
    assert merchant.authorise(SLOW).json()["status"] == "authorised"
    assert time.monotonic() - started >= SLOW_SECONDS


def test_a_card_that_fails_twice_succeeds_the_third_time(merchant: Merchant) -> None:
    reference, key, token = unique("pay"), unique("key"), merchant.token(ERROR_500_TWICE)
    answers = [merchant.authorise(token=token, reference=reference, key=key) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [500, 500, 201, 201]
    assert refusal(answers[0]) == (500, "internal_error", None)
    assert merchant.log() == [("authorise", 5000)]


@pytest.mark.parametrize("kind", ["timeout_before", "connection_reset", "error_500"])
@pytest.mark.parametrize("operation", ["capture", "void", "refund"])
def test_a_fault_before_the_effect(merchant: Merchant, operation: str, kind: str) -> None:
    id_ = merchant.authorised(1000)
    if operation == "refund":
        merchant.capture(id_, 1000)
    before = merchant.log()
    merchant.order_faults({"operation": operation, "kind": kind, "times": 1, "seconds": 0.05})
    reference, key = unique(operation), unique("key")

    send = partial(move, merchant, operation, id_, reference, key)
    if kind == "error_500":
        assert send().status_code == 500
    else:
        with pytest.raises(HUNG_UP) as failure:
            send()
        assert ("reset" in str(failure.value)) == (kind == "connection_reset")
    assert merchant.log() == before
    assert send().status_code == 201
    assert len(merchant.log()) == len(before) + 1


@pytest.mark.parametrize("operation", ["capture", "void", "refund"])
def test_a_fault_after_the_effect(merchant: Merchant, operation: str) -> None:
    id_ = merchant.authorised(1000)
    if operation == "refund":
        merchant.capture(id_, 1000)
    before = merchant.log()
    fault = {"operation": operation, "kind": "timeout_after", "times": 2, "seconds": 0.05}
    merchant.order_faults(fault)
    reference, key = unique(operation), unique("key")

    send = partial(move, merchant, operation, id_, reference, key)
    for _ in range(2):
        with pytest.raises(HUNG_UP):
            send()
        [found] = merchant.http.get("/v1/operations", params={"reference": reference}).json()["items"]
        assert (found["kind"], found["status"]) == (operation, "succeeded")
    assert send().headers["idempotent-replayed"] == "true"
    assert len(merchant.log()) == len(before) + 1


def test_a_bank_may_decline_a_card_that_is_good(merchant: Merchant) -> None:
    merchant.order_faults({"operation": "any", "kind": "decline", "times": 1})
    declined = merchant.authorise().json()
    assert (declined["status"], declined["decline_code"]) == ("declined", "card_declined")
    assert merchant.authorise().json()["status"] == "authorised"


@pytest.mark.parametrize("operation", ["capture", "void", "refund"])
def test_a_bank_may_decline_what_follows(merchant: Merchant, operation: str) -> None:
    id_ = merchant.authorised(1000)
    if operation == "refund":
        merchant.capture(id_, 1000)
    merchant.order_faults({"operation": operation, "kind": "decline", "times": 1})
    before, reference, key = merchant.log(), unique(operation), unique("key")
    send = partial(move, merchant, operation, id_, reference)
    assert refusal(send(key)) == (402, "card_declined", None)
    assert send(key).headers["idempotent-replayed"] == "true"
    assert merchant.log() == before
    assert send(unique("key")).status_code == 201


def test_faults_are_seen_used_up_and_cleared(merchant: Merchant, processor_url: str) -> None:
    other = Merchant(processor_url)
    merchant.order_faults(
        {"operation": "authorise", "kind": "error_500", "times": 2},
        {"operation": "any", "kind": "slow", "times": 3, "seconds": 0.01},
    )
    assert merchant.authorise().status_code == 500
    assert merchant.http.get("/sandbox/faults").json() == {
        "faults": [
            {"operation": "authorise", "kind": "error_500", "times": 1},
            {"operation": "any", "kind": "slow", "times": 3, "seconds": 0.01},
        ]
    }
    assert other.authorise().status_code == 201
    assert merchant.authorise().status_code == 500
    assert merchant.authorise().status_code == 201
    assert [fault["times"] for fault in merchant.http.get("/sandbox/faults").json()["faults"]] == [2]
    assert merchant.http.delete("/sandbox/faults").status_code == 204
    assert merchant.http.get("/sandbox/faults").json() == {"faults": []}
    other.close()


def test_a_fault_that_is_none_is_refused(merchant: Merchant) -> None:
    for wrong in (
        {"operation": "authorise", "kind": "gremlin", "times": 1},
        {"operation": "tip", "kind": "slow", "times": 1},
        {"operation": "any", "kind": "slow", "times": 0},
    ):
        answer = merchant.http.put("/sandbox/faults", json={"faults": [wrong]})
        assert refusal(answer)[:2] == (400, "invalid_parameter")
