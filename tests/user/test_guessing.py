"""What a guesser learns, how fast they may guess, and who suffers from it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import timedelta
from statistics import median

import httpx

from tests.shop import Shop, open_shop
from tests.user.conftest import QUICK
from tests.user.people import PASSWORD, MovableClock, Person, at_once, code
from tradewind.services.user.domain.throttling import FREE_FAILURES
from tradewind.services.user.jobs import forget_expired

REFUSED = (401, "credentials_invalid", None)
AWAY = "192.0.2.99"


def without_request_id(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


async def guess(shop: Shop, times: int, email: str = "ada@example.com", address: str = AWAY) -> None:
    for number in range(times):
        answer = await Person(shop, client_address=address).log_in(email, f"guess {number}")
        assert code(answer) == REFUSED


async def test_an_unknown_address_and_a_wrong_password_are_answered_alike(shop: Shop) -> None:
    await Person(shop).register("ada@example.com")
    wrong = await Person(shop).log_in("ada@example.com", "wrong password")
    unknown = await Person(shop).log_in("nobody@example.com", "wrong password")
    assert wrong.status_code == unknown.status_code == 401
    assert without_request_id(wrong) == without_request_id(unknown)
    varying = {"x-request-id", "date"}
    assert {n: v for n, v in wrong.headers.items() if n not in varying} == {
        n: v for n, v in unknown.headers.items() if n not in varying
    }


async def test_an_unknown_address_a_wrong_password_and_a_pause_take_the_same_time(database_url: str) -> None:
    """Medians of interleaved rounds, so that whatever else the machine does falls on all three alike.

    With the hash of a real account and none for an unknown one, the ratio would be ten and more.
    """
    async with open_shop(("user",), database_url) as shop:
        await Person(shop).register("ada@example.com")
        await Person(shop).register("eve@example.com")
        await guess(shop, FREE_FAILURES + 3, "eve@example.com")  # eve's strangers are being paused
        seconds: dict[str, list[float]] = {"ada": [], "nobody": [], "eve": []}
        for round_number in range(16):
            for name in sorted(seconds, reverse=round_number % 2 == 1):
                person = Person(shop, client_address=f"192.0.2.{round_number}")
                began = time.perf_counter()
                answer = await person.log_in(f"{name}@example.com", "wrong password")
                seconds[name].append(time.perf_counter() - began)
                assert code(answer) == REFUSED
        middle = {name: median(taken) for name, taken in seconds.items()}
        assert max(middle.values()) < 1.5 * min(middle.values()), middle


async def test_each_way_to_fail_sends_the_same_statements(shop: Shop) -> None:
    await Person(shop).register("ada@example.com")
    await Person(shop).register("eve@example.com")
    await guess(shop, FREE_FAILURES + 2, "eve@example.com")
    counters = shop.database("user").counters
    sent = []
    for email in ("ada@example.com", "nobody@example.com", "eve@example.com"):
        before = counters.statements
        await guess(shop, 1, email)
        sent.append(counters.statements - before)
    assert len(set(sent)) == 1


async def test_after_five_failures_even_the_right_password_is_refused_for_a_second(
    shop: Shop, clock: MovableClock
) -> None:
    await Person(shop).register("ada@example.com")
    await guess(shop, FREE_FAILURES - 1)
    assert (await Person(shop, client_address="192.0.2.1").log_in("ada@example.com")).status_code == 201
    await guess(shop, FREE_FAILURES)
    assert code(await Person(shop, client_address=AWAY).log_in("ada@example.com")) == REFUSED
    clock.ahead += timedelta(seconds=1.1)
    assert (await Person(shop, client_address=AWAY).log_in("ada@example.com")).status_code == 201


async def test_pauses_double_up_to_about_a_minute(shop: Shop, clock: MovableClock) -> None:
    await Person(shop).register("ada@example.com")
    await guess(shop, FREE_FAILURES)
    pauses = []
    for _ in range(9):
        row = await shop.database("user").row("SELECT failed_at, blocked_until FROM log_in_failures")
        pauses.append((row["blocked_until"] - row["failed_at"]).total_seconds())
        clock.ahead += timedelta(seconds=pauses[-1] + 0.1)
        await guess(shop, 1)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 64, 64]


async def test_trying_during_a_pause_does_not_prolong_it(shop: Shop, clock: MovableClock) -> None:
    await Person(shop).register("ada@example.com")
    await guess(shop, FREE_FAILURES)
    ends = await shop.database("user").value("SELECT blocked_until FROM log_in_failures")
    await guess(shop, 20)
    assert await shop.database("user").value("SELECT blocked_until FROM log_in_failures") == ends


async def test_a_guesser_elsewhere_does_not_keep_the_owner_out_at_home(shop: Shop) -> None:
    await Person(shop, client_address="2001:db8:1:2::1").register("ada@example.com")
    await guess(shop, FREE_FAILURES + 10)
    home_again = Person(shop, client_address="2001:db8:1:2:ffff::42")  # the same network, another host part
    assert (await home_again.log_in("ada@example.com")).status_code == 201


async def test_guesses_at_once_overrun_the_limit_by_no_more_than_the_hashing_threads(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    await ada.send("DELETE", "/v1/sessions")
    people = [Person(shop, client_address=AWAY) for _ in range(40)]
    await at_once(*(person.log_in("ada@example.com", f"guess {n}") for n, person in enumerate(people)))
    failures = await shop.database("user").value("SELECT failures FROM log_in_failures")
    assert FREE_FAILURES <= failures <= FREE_FAILURES + shop.deps("user").settings.hash_workers


async def test_failures_are_forgotten_after_an_hour_without_one(shop: Shop, clock: MovableClock) -> None:
    await Person(shop).register("ada@example.com")
    await guess(shop, FREE_FAILURES)
    clock.ahead = timedelta(hours=1, seconds=1)
    await guess(shop, 1)
    assert await shop.database("user").value("SELECT failures FROM log_in_failures") == 1
    clock.ahead *= 2
    assert await forget_expired(shop.deps("user")) == 1


async def test_what_was_typed_as_an_address_is_not_kept(shop: Shop) -> None:
    await guess(shop, 1, "hunter2-typed-into-the-wrong-field")
    row = await shop.database("user").value("SELECT f::text FROM log_in_failures f")
    assert "hunter2" not in row


async def test_sixty_four_log_ins_at_once_all_succeed_with_two_threads(shop: Shop) -> None:
    await Person(shop).register("ada@example.com")
    answers = await at_once(*(Person(shop).log_in("ada@example.com") for _ in range(64)))
    assert Counter(answer.status_code for answer in answers) == {201: 64}
    assert len({answer.json()["token"] for answer in answers}) == 64


async def test_a_rush_beyond_the_queue_is_turned_away_with_a_time_to_come_again(database_url: str) -> None:
    environ = {**QUICK, "TRADEWIND_USER_HASH_QUEUE": "6", "TRADEWIND_USER_HASH_WORKERS": "1"}
    async with open_shop(("user",), database_url, environ=environ) as shop:
        await Person(shop).register("ada@example.com")
        answers = await at_once(*(Person(shop).log_in("ada@example.com") for _ in range(64)))
        statuses = Counter(answer.status_code for answer in answers)
        assert set(statuses) == {201, 429}
        assert statuses[201] >= 7
        turned_away = next(answer for answer in answers if answer.status_code == 429)
        assert code(turned_away) == (429, "sign_in_busy", None)
        assert int(turned_away.headers["retry-after"]) >= 1
        assert (await Person(shop).log_in("ada@example.com")).status_code == 201


async def test_hashing_leaves_the_loop_free_for_others(database_url: str) -> None:
    async with open_shop(("user",), database_url) as shop:
        await Person(shop).register("ada@example.com")
        hashing = asyncio.get_running_loop().create_task(
            at_once(*(Person(shop).log_in("ada@example.com", PASSWORD) for _ in range(6)))
        )
        steps = 0
        while not hashing.done():
            await asyncio.sleep(0)
            steps += 1
        assert steps > 100
        assert {answer.status_code for answer in await hashing} == {201}


async def test_what_is_no_log_in_names_its_field(shop: Shop) -> None:
    body: dict[str, object] = {"email": "ada@example.com", "password": PASSWORD}
    for field in body:
        for wrong in (7, None, "x" * 5000):
            answer = await Person(shop).send("POST", "/v1/sessions", {**body, field: wrong})
            assert code(answer) == (422, "invalid_field", field)
