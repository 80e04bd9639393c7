"""Captures, voids and refunds, and the refusals that keep the amounts right."""

import asyncio

import pytest

from .merchant import BROWSER, DECLINED, THREE_D_SECURE, Merchant, async_client, refusal, unique


def test_part_of_an_authorisation_may_be_captured_and_the_rest_later(merchant: Merchant) -> None:
    id_ = merchant.authorised(5000)
    first = merchant.capture(id_, 2000)
    assert first.status_code == 201
    assert first.json()["operation"]["kind"] == "capture"
    assert first.json()["operation"]["amount_minor"] == 2000
    assert first.json()["operation"]["status"] == "succeeded"
    assert first.json()["authorisation"]["captured_minor"] == 2000
    assert first.json()["authorisation"]["status"] == "authorised"
    assert merchant.capture(id_, 3000).json()["authorisation"]["captured_minor"] == 5000
    assert refusal(merchant.capture(id_, 1)) == (409, "amount_too_large", "amount_minor")
    assert [operation["kind"] for operation in merchant.get(id_)["operations"]] == [
        "authorise",
        "capture",
        "capture",
    ]
    assert merchant.log() == [("authorise", 5000), ("capture", 2000), ("capture", 3000)]


def test_more_than_is_authorised_is_not_captured(merchant: Merchant) -> None:
    id_ = merchant.authorised(5000)
    assert refusal(merchant.capture(id_, 5001)) == (409, "amount_too_large", "amount_minor")
    assert merchant.get(id_)["captured_minor"] == 0


def test_refunds_go_up_to_what_was_captured(merchant: Merchant) -> None:
    id_ = merchant.authorised(5000)
    assert refusal(merchant.refund(id_, 1)) == (409, "amount_too_large", "amount_minor")
    merchant.capture(id_, 3000)
    assert refusal(merchant.refund(id_, 3001)) == (409, "amount_too_large", "amount_minor")
    assert merchant.refund(id_, 1000).json()["authorisation"]["refunded_minor"] == 1000
    assert merchant.refund(id_, 2000).json()["authorisation"]["refunded_minor"] == 3000
    assert refusal(merchant.refund(id_, 1)) == (409, "amount_too_large", "amount_minor")
    assert merchant.log()[-2:] == [("refund", 1000), ("refund", 2000)]


def test_a_void_lets_go_of_the_whole_and_ends_it(merchant: Merchant) -> None:
    id_ = merchant.authorised(5000)
    voided = merchant.void(id_).json()
    assert voided["operation"]["amount_minor"] == 5000
    assert voided["authorisation"]["status"] == "voided"
    for after in (merchant.capture(id_, 1), merchant.refund(id_, 1), merchant.void(id_)):
        assert refusal(after) == (409, "invalid_state", None)
    assert merchant.log() == [("authorise", 5000), ("void", 5000)]


def test_what_was_captured_in_part_is_not_voided(merchant: Merchant) -> None:
    id_ = merchant.authorised(5000)
    merchant.capture(id_, 1)
    assert refusal(merchant.void(id_)) == (409, "invalid_state", None)


@pytest.mark.parametrize("number", [DECLINED, THREE_D_SECURE])
def test_what_is_not_authorised_is_not_captured(merchant: Merchant, number: str) -> None:
    id_ = merchant.authorise(number).json()["id"]
    assert refusal(merchant.capture(id_, 1)) == (409, "invalid_state", None)
    assert refusal(merchant.refund(id_, 1)) == (409, "invalid_state", None)
    assert merchant.log() == []


def test_a_payment_that_waits_for_the_shopper_can_be_withdrawn(merchant: Merchant) -> None:
    authorisation = merchant.authorise(THREE_D_SECURE).json()
    assert merchant.void(authorisation["id"]).json()["authorisation"]["status"] == "voided"
    BROWSER.post(authorisation["action_url"], data={"outcome": "approve"})
    assert merchant.get(authorisation["id"])["status"] == "voided"
    assert merchant.log() == []


def test_an_operation_sent_again_under_another_key_is_the_first_one(merchant: Merchant) -> None:
    id_, reference = merchant.authorised(5000), unique("cap")
    first, again = merchant.capture(id_, 2000, reference), merchant.capture(id_, 2000, reference)
    assert again.status_code == 201
    assert again.json()["operation"] == first.json()["operation"]
    assert refusal(merchant.capture(id_, 2001, reference)) == (409, "reference_in_use", "reference")
    assert refusal(merchant.refund(id_, 2000, reference)) == (409, "reference_in_use", "reference")
    assert refusal(merchant.void(id_, reference)) == (409, "reference_in_use", "reference")
    assert merchant.get(id_)["captured_minor"] == 2000


def test_a_void_takes_no_amount(merchant: Merchant) -> None:
    id_ = merchant.authorised()
    answer = merchant.post(f"/v1/authorisations/{id_}/voids", {"reference": "v", "amount_minor": 5})
    assert refusal(answer) == (400, "invalid_parameter", "amount_minor")


@pytest.mark.parametrize("kind", ["captures", "refunds"])
async def test_a_race_never_moves_more_than_there_is(merchant: Merchant, kind: str) -> None:
    id_ = merchant.authorised(1000)
    if kind == "refunds":
        merchant.capture(id_, 1000)
    async with async_client(merchant) as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    f"/v1/authorisations/{id_}/{kind}",
                    json={"reference": unique("race"), "amount_minor": 300},
                    headers={"idempotency-key": unique("key")},
                )
                for _ in range(12)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 9
    after = merchant.get(id_)
    assert after["captured_minor" if kind == "captures" else "refunded_minor"] == 900
    assert merchant.log().count((kind[:-1], 300)) == 3


async def test_a_capture_and_a_void_at_once_leave_one_of_them(merchant: Merchant) -> None:
    ids = [merchant.authorised(1000) for _ in range(8)]
    async with async_client(merchant) as client:

        async def send(path: str, body: dict[str, object]) -> int:
            answer = await client.post(path, json=body, headers={"idempotency-key": unique("key")})
            return answer.status_code

        for id_ in ids:
            statuses = await asyncio.gather(
                send(f"/v1/authorisations/{id_}/voids", {"reference": unique("void")}),
                send(f"/v1/authorisations/{id_}/captures", {"reference": unique("c"), "amount_minor": 1}),
            )
            assert sorted(statuses) == [201, 409]
