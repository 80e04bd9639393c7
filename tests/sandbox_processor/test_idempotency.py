"""One key, one effect, one answer."""

import asyncio
from typing import Any

import pytest

from .merchant import SLOW, Merchant, async_client, refusal, unique


def test_the_same_request_is_answered_as_the_first_time(merchant: Merchant) -> None:
    key = unique("key")
    body: dict[str, Any] = {"token": merchant.token(), "reference": unique("pay")}
    first = merchant.authorise(key=key, **body)
    merchant.capture(first.json()["id"], 100)
    again = merchant.authorise(key=key, **body)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert merchant.log() == [("authorise", 5000), ("capture", 100)]


def test_a_request_is_the_same_however_it_is_spelt(merchant: Merchant) -> None:
    key, token, reference = unique("key"), merchant.token(), unique("pay")
    headers = {"idempotency-key": key}
    one = f'{{"token":"{token}","reference":"{reference}","amount_minor":5,"currency":"EUR"}}'
    other = f'{{ "currency": "EUR", "amount_minor": 5,\n "reference": "{reference}", "token": "{token}" }}'
    assert merchant.http.post("/v1/authorisations", content=one, headers=headers).status_code == 201
    again = merchant.http.post("/v1/authorisations", content=other, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"


def test_a_key_is_for_one_request(merchant: Merchant) -> None:
    key = unique("key")
    body: dict[str, Any] = {"token": merchant.token(), "reference": unique("pay")}
    id_ = merchant.authorise(key=key, **body).json()["id"]
    other_amount = merchant.authorise(key=key, amount_minor=1, **body)
    other_place = merchant.capture(id_, 100, key=key)
    for answer in (other_amount, other_place):
        assert refusal(answer) == (400, "idempotency_key_reused", "Idempotency-Key")
        assert answer.json()["type"] == "idempotency_error"
    assert merchant.log() == [("authorise", 5000)]


def test_a_refusal_is_repeated_too(merchant: Merchant) -> None:
    id_, key, reference = merchant.authorised(1000), unique("key"), unique("cap")
    first = merchant.capture(id_, 2000, reference, key)
    again = merchant.capture(id_, 2000, reference, key)
    assert refusal(first) == refusal(again) == (409, "amount_too_large", "amount_minor")
    assert again.headers["idempotent-replayed"] == "true"


def test_a_request_that_did_not_fit_leaves_its_key_free(merchant: Merchant) -> None:
    key = unique("key")
    assert merchant.authorise(key=key, amount_minor=0).status_code == 400
    assert merchant.authorise(key=key).status_code == 201


def test_keys_of_two_merchants_have_nothing_to_do_with_each_other(
    merchant: Merchant, processor_url: str
) -> None:
    other, key = Merchant(processor_url), unique("key")
    assert merchant.authorise(key=key).json()["id"] != other.authorise(key=key).json()["id"]
    other.close()


@pytest.mark.parametrize("key", ["", "k" * 256, "two words"])
def test_no_money_moves_without_a_key(merchant: Merchant, key: str) -> None:
    headers = {"idempotency-key": key} if key else {}
    body = {"reference": unique("pay"), "amount_minor": 1, "currency": "EUR", "token": merchant.token()}
    answer = merchant.http.post("/v1/authorisations", json=body, headers=headers)
    assert refusal(answer) == (400, "idempotency_key_missing", "Idempotency-Key")


async def test_while_the_first_is_under_way_the_key_is_in_use(merchant: Merchant) -> None:
    body = {"reference": unique("pay"), "amount_minor": 1, "currency": "EUR", "token": merchant.token(SLOW)}
    headers = {"idempotency-key": unique("key")}
    async with async_client(merchant) as client:
        first = asyncio.create_task(client.post("/v1/authorisations", json=body, headers=headers))
        await asyncio.sleep(0.1)
        meanwhile = await client.post("/v1/authorisations", json=body, headers=headers)
        changed = await client.post("/v1/authorisations", json={**body, "amount_minor": 2}, headers=headers)
        assert (await first).status_code == 201
        after = await client.post("/v1/authorisations", json=body, headers=headers)
    assert refusal(meanwhile) == (409, "idempotency_key_in_use", "Idempotency-Key")
    assert refusal(changed) == (400, "idempotency_key_reused", "Idempotency-Key")
    assert after.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    "fault", [[], [{"operation": "authorise", "kind": "slow", "times": 3, "seconds": 0.1}]]
)
async def test_32_at_once_with_one_key_have_one_effect(
    merchant: Merchant, fault: list[dict[str, object]]
) -> None:
    merchant.order_faults(*fault)
    body = {"reference": unique("pay"), "amount_minor": 700, "currency": "EUR", "token": merchant.token()}
    headers = {"idempotency-key": unique("key")}
    async with async_client(merchant) as client:
        answers = await asyncio.gather(
            *(client.post("/v1/authorisations", json=body, headers=headers) for _ in range(32))
        )
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in done) == 1
    for answer in answers:
        assert answer.status_code == 201 or refusal(answer)[1] == "idempotency_key_in_use"
    assert merchant.log() == [("authorise", 700)]
