"""Logging in, staying logged in, and no longer being logged in."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

from tests.shop import Shop, customer
from tests.user.people import PASSWORD, MovableClock, Person, at_once, code
from tradewind.contracts.user import Authenticated, NotAuthenticated, User
from tradewind.services.user.jobs import forget_expired
from tradewind.services.user.tokens import token_hash


async def test_a_log_in_opens_a_session_of_its_own(shop: Shop) -> None:
    home = await Person(shop).register("ada@example.com")
    office = Person(
        shop, client_address="2001:db8::7", headers={"user-agent": "Firefox\t\x01 on Linux " + "x" * 500}
    )
    answer = await office.log_in("ADA@example.com")
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert office.token is not None
    assert office.token.startswith("tws_")
    listed = (await office.send("GET", "/v1/sessions")).json()["items"]
    assert [entry["current"] for entry in listed] == [True, False]
    assert listed[0]["client_address"] == "2001:db8::7"
    assert listed[0]["user_agent"] == ("Firefox on Linux " + "x" * 500)[:200]
    assert await home.knows_me()


async def test_tokens_are_not_in_the_database(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    assert ada.token is not None
    database = shop.database("user")
    assert await database.value("SELECT token_hash FROM sessions") == token_hash(ada.token)
    for table in ("sessions", "outbox", "accounts"):
        rows = await database.fetch(f"SELECT t::text AS row FROM {table} t")
        assert not any(ada.token in row["row"] or PASSWORD in row["row"] for row in rows)


async def test_logging_out_ends_this_session_at_once_and_no_other(shop: Shop) -> None:
    home = await Person(shop).register("ada@example.com")
    office = Person(shop)
    await office.log_in("ada@example.com")
    assert (await home.send("DELETE", "/v1/sessions/current")).status_code == 204
    assert not await home.knows_me()
    assert await office.knows_me()
    assert code(await home.send("DELETE", "/v1/sessions/current"))[0] == 401


async def test_logging_out_everywhere_ends_all(shop: Shop) -> None:
    home = await Person(shop).register("ada@example.com")
    office = Person(shop)
    await office.log_in("ada@example.com")
    eve = await Person(shop).register("eve@example.com")
    assert (await home.send("DELETE", "/v1/sessions")).status_code == 204
    assert not await home.knows_me()
    assert not await office.knows_me()
    assert await eve.knows_me()


async def test_a_session_is_revoked_from_the_list_by_its_owner_only(shop: Shop) -> None:
    home = await Person(shop).register("ada@example.com")
    office = Person(shop)
    session_id = (await office.log_in("ada@example.com")).json()["session_id"]
    eve = await Person(shop).register("eve@example.com")
    path = f"/v1/sessions/{session_id}"
    assert code(await eve.send("DELETE", path)) == (404, "session_not_found", None)
    assert await office.knows_me()
    assert (await home.send("DELETE", path)).status_code == 204
    assert not await office.knows_me()
    assert code(await home.send("DELETE", path)) == (404, "session_not_found", None)
    assert code(await home.send("DELETE", "/v1/sessions/nonsense")) == (404, "session_not_found", None)


async def test_the_list_of_sessions_has_pages(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    for _ in range(4):
        await Person(shop).log_in("ada@example.com")
    seen, cursor = [], ""
    while True:
        page = (await ada.send("GET", f"/v1/sessions?limit=2{cursor}")).json()
        seen += [entry["session_id"] for entry in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 5
    assert code(await ada.send("GET", "/v1/sessions?cursor=xyz")) == (422, "cursor_invalid", "cursor")
    assert code(await ada.send("GET", "/v1/sessions?limit=0")) == (422, "invalid_parameter", "limit")


async def test_a_refreshed_session_has_another_token_and_the_old_one_ends(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    old = Person(shop, token=ada.token)
    answer = await ada.send("POST", "/v1/sessions/refresh")
    assert answer.status_code == 200
    ada.token = answer.json()["token"]
    assert await ada.knows_me()
    assert not await old.knows_me()
    assert len((await ada.send("GET", "/v1/sessions")).json()["items"]) == 1


async def test_of_many_that_refresh_one_token_at_once_one_wins(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    account_id = await ada.account_id()
    async with shop.client(customer(account_id)) as client:
        headers = {"authorization": f"Bearer {ada.token}"}
        answers = await at_once(*(client.post("/v1/sessions/refresh", headers=headers) for _ in range(8)))
    assert Counter(code(answer)[:2] for answer in answers) == {(200, None): 1, (401, "session_invalid"): 7}
    ada.token = next(answer.json()["token"] for answer in answers if answer.status_code == 200)
    assert await ada.knows_me()


async def test_refreshing_and_logging_out_need_the_sessions_token(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    eve = await Person(shop).register("eve@example.com")
    async with shop.client(customer(await eve.account_id())) as client:
        assert code(await client.post("/v1/sessions/refresh"))[:2] == (401, "session_required")
        assert code(await client.delete("/v1/sessions/current"))[:2] == (401, "session_required")
        stolen = {"authorization": f"Bearer {ada.token}"}
        assert code(await client.post("/v1/sessions/refresh", headers=stolen))[:2] == (401, "session_invalid")
        assert (await client.delete("/v1/sessions/current", headers=stolen)).status_code == 204
    assert await ada.knows_me()


async def test_a_session_used_within_the_week_goes_on(shop: Shop, clock: MovableClock) -> None:
    ada = await Person(shop).register("ada@example.com")
    for days in (6.9, 7.4, 14.2, 21):
        clock.ahead = timedelta(days=days)
        assert await ada.knows_me()


async def test_a_session_not_used_for_a_week_ends(shop: Shop, clock: MovableClock) -> None:
    ada = await Person(shop).register("ada@example.com")
    clock.ahead = timedelta(days=7, seconds=1)
    assert not await ada.knows_me()
    assert await forget_expired(shop.deps("user")) == 1


async def test_no_use_and_no_refresh_carries_a_session_past_its_last_day(
    shop: Shop, clock: MovableClock
) -> None:
    ada = await Person(shop).register("ada@example.com")
    for day in (6, 12, 18, 24, 29.9):
        clock.ahead = timedelta(days=day)
        ada.token = (await ada.send("POST", "/v1/sessions/refresh")).json()["token"]
    clock.ahead = timedelta(days=30, seconds=1)
    assert not await ada.knows_me()
    assert code(await ada.send("POST", "/v1/sessions/refresh"))[0] == 401


async def test_authenticating_is_one_read_and_at_most_one_write_an_hour(
    shop: Shop, clock: MovableClock
) -> None:
    ada = await Person(shop).register("ada@example.com")
    user, counters = shop.runtime.contract(User), shop.database("user").counters

    async def statements() -> int:
        before = counters.statements
        assert isinstance(await user.authenticate(ada.token), Authenticated)
        return int(counters.statements - before)

    assert [await statements() for _ in range(3)] == [1, 1, 1]
    clock.ahead = timedelta(hours=2)
    assert [await statements() for _ in range(3)] == [2, 1, 1]


async def test_what_is_no_credential_authenticates_nobody(shop: Shop) -> None:
    user, unknown = shop.runtime.contract(User), "A" * 43
    for credential in (
        "",
        "tws_",
        "twk_",
        "nonsense",
        f"tws_{unknown}",
        f"twk_{unknown}",
        "tws_" + "A" * 10_000,
        "tws_ä€😀",
    ):
        assert await user.authenticate(credential) == NotAuthenticated()


async def test_a_log_in_sent_again_by_its_key_opens_one_session(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    body, key = {"email": "ada@example.com", "password": PASSWORD}, {"idempotency-key": str(uuid.uuid4())}
    answers = [await Person(shop).send("POST", "/v1/sessions", body, headers=key) for _ in range(3)]
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert len((await ada.send("GET", "/v1/sessions")).json()["items"]) == 2
