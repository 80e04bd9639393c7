"""Killed at any moment and started again: every order reaches the end that it would have had.

Each point is a real process that gets a real SIGKILL, on a real database and a card processor that remembers.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.crash.lives import (
    BEGINS,
    CANCELLED,
    PAID_AGAIN,
    REFUSED,
    SHIPPED,
    STAFF,
    Birth,
    Life,
    Place,
    ShiftedClock,
    ask,
    begin_life,
    furnish,
    heard,
    incarnation,
    live_on,
    settle,
)
from tests.crash.mortality import Points
from tests.crash.processes import live_in_a_process
from tests.processor import DECLINED, GOOD, Merchant
from tests.shop import Shop
from tests.stage import key
from tradewind.kernel.identity import GUEST
from tradewind.verify.checks import verify_shop

LATER = timedelta(minutes=3)  # from a death to the next start: leases have run out
LIVES_WITH_MORE_DEATHS = 8
MOST_DEATHS = 4
NOT_FINAL = (202, 409, 503)  # what a repeat may hear while the outcome is still being found out


@dataclass(frozen=True)
class End:
    """How an order ended, as its customer, the warehouse and the card processor know it."""

    states: list[str]
    captured_minor: int
    refunded_minor: int
    parcels: list[Any]
    money: list[tuple[str, int]]


class Trial:
    """Many lives on one database; each pays at a merchant of its own."""

    def __init__(self, database_url: str, processor_url: str) -> None:
        self._database_url, self._processor_url = database_url, processor_url

    async def furnish(self) -> None:
        merchant = Merchant(self._processor_url)
        place = self._place(merchant)
        async with incarnation(place, ShiftedClock(BEGINS)) as shop, shop.client(STAFF) as admin:
            await furnish(admin)
        await merchant.close()

    async def begin(self, steps: Sequence[str], number: int) -> list[tuple[Place, Life, Merchant]]:
        """So many carts, ready to be ordered."""
        begun = []
        merchants = [Merchant(self._processor_url) for _ in range(number)]
        async with incarnation(self._place(merchants[0]), ShiftedClock(BEGINS)) as shop:
            for merchant in merchants:
                cards = (DECLINED, GOOD) if "pay again" in steps else (GOOD,)
                tokens = [await merchant.token(card) for card in cards]
                if steps is REFUSED:
                    await merchant.order_faults({"operation": "capture", "kind": "decline", "times": 1})
                life = await begin_life(shop, tuple(steps), tuple(tokens))
                begun.append((self._place(merchant), life, merchant))
        return begun

    def _place(self, merchant: Merchant) -> Place:
        return Place(self._database_url, self._processor_url, merchant.name)


async def live_in_peace(place: Place, life: Life, merchant: Merchant) -> tuple[list[str], End]:
    """The points that a life passes, and the end that it comes to."""
    points, clock = Points(None), ShiftedClock(BEGINS)
    async with incarnation(place, clock, points) as shop:
        await live_on(shop, clock, life)
        seen = list(points.seen)
        return seen, await the_end(shop, life, merchant)


async def go_on(
    place: Place, life: Life, merchant: Merchant, shift: timedelta = BEGINS + LATER, *, client_first: bool
) -> End:
    """Start again and live to the end. Either the client's repeat finds things as the dead left them, or
    the jobs were there before."""
    clock = ShiftedClock(shift)
    async with incarnation(place, clock) as shop:
        if client_first and life.left:
            answer = await ask(shop, life, life.left[0])
            assert answer.status_code in (200, 201, *NOT_FINAL), f"{answer.status_code} {answer.text}"
        await settle(shop, clock)
        await live_on(shop, clock, life)
        await check_repeats(shop, life)
        end = await the_end(shop, life, merchant)
        report = await verify_shop(shop.runtime, settled=True)
        assert not report.violations, "\n".join(report.violations)
        return end


async def check_repeats(shop: Shop, life: Life) -> None:
    """Who asks again under the same key hears the same; who orders the cart again is given its order."""
    for step in life.steps:
        again = await ask(shop, life, step)
        assert heard(again) == life.answers[step], f"{step} was answered otherwise before: {again.text}"
    async with shop.client(GUEST) as guest:
        body = {"cart_id": life.cart_id, "card_token": life.card_tokens[0]}
        other = await guest.post("/v1/orders", json=body, headers=key())
        assert other.json()["order_id"] == life.answers["order"]["order_id"], other.text


async def the_end(shop: Shop, life: Life, merchant: Merchant) -> End:
    order = life.answers["order"]
    async with shop.client(GUEST) as guest:
        seen = await guest.get(f"/v1/orders/{order['order_id']}", params={"token": order["token"]})
        assert seen.status_code == 200, seen.text
    told = seen.json()
    return End(
        [entry["to_state"] for entry in told["history"] if entry["kind"] == "state"],
        told["captured"]["amount_minor"],
        told["refunded"]["amount_minor"],
        [[parcel["state"], parcel["lines"]] for parcel in told["fulfilments"]],
        await merchant.effects(),
    )


@pytest.fixture
async def trial(database_url: str, processor_url: str) -> Trial:
    trial = Trial(database_url, processor_url)
    await trial.furnish()
    return trial


@pytest.mark.parametrize(
    ("steps", "first", "last"),
    [
        pytest.param(SHIPPED, "place_order", "", id="checkout, capture, refund"),
        pytest.param(CANCELLED, "cancel_order", "", id="cancel"),
        pytest.param(PAID_AGAIN, "retry_payment", "", id="another card after a decline"),
        pytest.param(REFUSED, "processor's capture", "fulfil_order _fail", id="a capture declined"),
    ],
)
async def test_killed_at_any_point_an_order_ends_as_if_nobody_had_died(
    trial: Trial, steps: Sequence[str], first: str, last: str
) -> None:
    points, end = await live_in_peace(*(await trial.begin(steps, 1))[0])
    begins = next(number for number, point in enumerate(points) if first in point)
    ends = max(number for number, point in enumerate(points) if last in point) + 1
    lives = await trial.begin(steps, ends - begins)
    wrong = []
    for number, (place, life, merchant) in enumerate(lives, start=begins):
        killed_at = live_in_a_process(Birth(place, life, BEGINS, kill_at=number)).killed_at
        assert killed_at == points[number], f"point {number} was {points[number]}, now it is {killed_at}"
        # Nothing lasts between "after" one point and "before" the next: each state is met by both.
        client_first = killed_at.startswith("after")
        wrong += await differences(killed_at, end, go_on(place, life, merchant, client_first=client_first))
    assert not wrong, "\n".join(wrong)


async def differences(killed_at: str, end: End, going_on: Awaitable[End]) -> list[str]:
    """What became of it otherwise than it should have, in words."""
    try:
        found = await going_on
    except AssertionError as error:
        return [f"killed {killed_at}: {error}"]
    return [] if found == end else [f"killed {killed_at}: {found}\n  instead of {end}"]


@pytest.mark.parametrize(
    ("steps", "calls"),
    [
        pytest.param(SHIPPED, ("authorise", "capture", "capture", "refund"), id="checkout, capture, refund"),
        pytest.param(CANCELLED, ("authorise", "void"), id="cancel"),
    ],
)
async def test_killed_in_the_middle_of_a_call_it_is_found_out_what_came_of_it(
    trial: Trial, steps: Sequence[str], calls: Sequence[str]
) -> None:
    """The processor is slow: it is still at what the dead asked for when their successor asks about it."""
    _, end = await live_in_peace(*(await trial.begin(steps, 1))[0])
    lives = await trial.begin(steps, len(calls))
    wrong = []
    for number, (place, life, merchant) in enumerate(lives):
        await merchant.order_faults({"operation": "any", "kind": "slow", "times": 100, "seconds": 0.2})
        birth = Birth(place, life, BEGINS, kill_at=number, in_flight=True)
        killed_at = live_in_a_process(birth).killed_at
        assert killed_at == f"during the processor's {calls[number]}"
        await merchant.order_faults()
        wrong += await differences(killed_at, end, go_on(place, life, merchant, client_first=False))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "steps", [SHIPPED, CANCELLED, PAID_AGAIN], ids=["shipped", "cancelled", "paid again"]
)
async def test_killed_again_while_it_recovers_an_order_still_ends_the_same(
    trial: Trial, steps: Sequence[str]
) -> None:
    """Up to four deaths a life, each at a random point, of the recovery or of what comes after it."""
    points, end = await live_in_peace(*(await trial.begin(steps, 1))[0])
    wrong = []
    for seed, (place, life, merchant) in enumerate(await trial.begin(steps, LIVES_WITH_MORE_DEATHS)):
        chance = random.Random(f"{steps} {seed}")
        deaths: list[str] = []
        shift, kill_at = BEGINS, chance.randrange(len(points))
        for _ in range(MOST_DEATHS):
            birth = Birth(place, life, shift, kill_at, settle_first=bool(deaths))
            killed_at = live_in_a_process(birth).killed_at
            if killed_at is None:
                break
            deaths.append(killed_at)
            shift, kill_at = shift + LATER, chance.randrange(14)
        where = f"(seed {seed}) " + ", then ".join(deaths)
        wrong += await differences(
            where, end, go_on(place, life, merchant, shift, client_first=chance.random() < 0.5)
        )
    assert not wrong, "\n".join(wrong)
