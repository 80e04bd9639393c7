"""API keys: shown once, narrowed by scopes and by what their owner may, and kept from sessions and secrets."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.shop import Shop
from tests.user.people import BERLIN, MovableClock, Person, at_once, code, member_of_staff
from tradewind.contracts.user import Authenticated, NotAuthenticated, User


async def create(owner: Person, **body: Any) -> dict[str, Any]:
    answer = await owner.send("POST", "/v1/me/api-keys", {"name": "script", **body})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def test_a_key_is_shown_once_and_known_by_its_prefix(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    created = await create(ada)
    assert created["token"].startswith("twk_")
    listed = await ada.send("GET", "/v1/me/api-keys")
    assert created["token"] not in listed.text
    [entry] = listed.json()["items"]
    assert entry == created["api_key"]
    assert created["token"].startswith(entry["prefix"])
    assert await Person(shop, token=created["token"]).account_id() == await ada.account_id()
    rows = await shop.database("user").fetch("SELECT k::text AS row FROM api_keys k")
    assert not any(created["token"] in row["row"] for row in rows)


async def test_a_key_does_what_its_scopes_say_and_no_more(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    reader = Person(shop, token=(await create(boss, scopes=["customers:read"]))["token"])
    assert (await reader.send("GET", "/v1/customers")).status_code == 200
    path = f"/v1/customers/{await boss.account_id()}/roles"
    assert code(await reader.send("PUT", path, {"roles": ["customer"]})) == (403, "permission_required", None)
    assert (await reader.send("GET", "/v1/me")).json()["permissions"] == ["customers:read"]


async def test_nobody_creates_a_key_that_may_more_than_they(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    body = {"name": "script", "scopes": ["customers:read"]}
    assert code(await ada.send("POST", "/v1/me/api-keys", body)) == (403, "scope_above_own", None)
    support = await member_of_staff(shop, "help@example.com", "support")
    body["scopes"] = ["customers:read", "customers:write"]
    assert code(await support.send("POST", "/v1/me/api-keys", body)) == (403, "scope_above_own", None)


async def test_a_key_loses_what_its_owner_loses_at_once(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    helper = await member_of_staff(shop, "help@example.com", "support")
    token = (await create(helper, scopes=["customers:read", "orders:read"]))["token"]
    user = shop.runtime.contract(User)
    helper_id = await helper.account_id()
    assert await user.authenticate(token) == Authenticated(
        "api_key", helper_id, ["customers:read", "orders:read"]
    )
    await boss.send("PUT", f"/v1/customers/{helper_id}/roles", {"roles": ["warehouse"]})
    assert await user.authenticate(token) == Authenticated("api_key", helper_id, ["orders:read"])
    await boss.send("PUT", f"/v1/customers/{helper_id}/roles", {"roles": ["customer"]})
    assert await user.authenticate(token) == Authenticated("api_key", helper_id, [])
    await boss.send("PUT", f"/v1/customers/{helper_id}/roles", {"roles": ["administrator"]})
    assert await user.authenticate(token) == Authenticated(
        "api_key", helper_id, ["customers:read", "orders:read"]
    )


async def test_a_revoked_key_opens_nothing_from_that_moment_on(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    eve = await Person(shop).register("eve@example.com")
    created = await create(ada)
    path = f"/v1/me/api-keys/{created['api_key']['api_key_id']}"
    assert code(await eve.send("DELETE", path)) == (404, "api_key_not_found", None)
    assert (await ada.send("DELETE", path)).status_code == 204
    assert await shop.runtime.contract(User).authenticate(created["token"]) == NotAuthenticated()
    assert code(await ada.send("DELETE", path)) == (404, "api_key_not_found", None)


async def test_a_key_ends_when_it_was_said_to(shop: Shop, clock: MovableClock) -> None:
    ada = await Person(shop).register("ada@example.com")
    expires_at = (clock.now() + timedelta(days=2)).isoformat()
    key = Person(shop, token=(await create(ada, expires_at=expires_at))["token"])
    assert await key.knows_me()
    clock.ahead = timedelta(days=2, seconds=1)
    assert not await key.knows_me()
    assert len((await ada.send("GET", "/v1/me/api-keys")).json()["items"]) == 1


async def test_a_time_that_makes_no_sense_names_its_field(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    for expires_at, refused in (
        ("2020-01-01T00:00:00Z", "expiry_invalid"),
        ("0001-01-01T00:00:00+23:00", "invalid_field"),
        ("9999-12-31T23:59:59-23:00", "invalid_field"),
        ("2030-01-01T00:00:00", "invalid_field"),
        ("tomorrow", "invalid_field"),
    ):
        answer = await ada.send("POST", "/v1/me/api-keys", {"name": "script", "expires_at": expires_at})
        assert code(answer) == (422, refused, "expires_at")


async def test_a_key_manages_no_sessions_passwords_or_keys(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    key = Person(shop, token=(await create(ada))["token"])
    passwords = {"current_password": "seven lean cows graze", "new_password": "seven fat cows graze"}
    some_id = uuid.uuid4()
    for method, path, body in [
        ("GET", "/v1/sessions", None),
        ("DELETE", "/v1/sessions", None),
        ("DELETE", "/v1/sessions/current", None),
        ("DELETE", f"/v1/sessions/{some_id}", None),
        ("POST", "/v1/sessions/refresh", None),
        ("POST", "/v1/me/password", passwords),
        ("GET", "/v1/me/api-keys", None),
        ("POST", "/v1/me/api-keys", {"name": "another"}),
        ("DELETE", f"/v1/me/api-keys/{some_id}", None),
        ("DELETE", "/v1/me", None),
    ]:
        answer = await key.send(method, path, body)
        assert code(answer) == (403, "api_key_not_allowed", None), (method, path)
    assert (await key.send("POST", "/v1/me/addresses", {"address": BERLIN})).status_code == 201
    assert (await key.send("PATCH", "/v1/me", {"language": "de"})).status_code == 200


async def test_an_account_keeps_fifty_keys_however_many_are_asked_for_at_once(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    for _ in range(46):
        await create(ada)
    answers = await at_once(*(ada.send("POST", "/v1/me/api-keys", {"name": "one more"}) for _ in range(8)))
    assert sorted(code(answer)[0] for answer in answers) == [201] * 4 + [409] * 4
    assert len((await ada.send("GET", "/v1/me/api-keys")).json()["items"]) == 50


async def test_using_a_key_is_one_read_and_at_most_one_write_an_hour(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    token = (await create(ada))["token"]
    user, counters = shop.runtime.contract(User), shop.database("user").counters
    sent = []
    for _ in range(3):
        before = counters.statements
        await user.authenticate(token)
        sent.append(counters.statements - before)
    assert sent == [2, 1, 1]
    [entry] = (await ada.send("GET", "/v1/me/api-keys")).json()["items"]
    assert datetime.fromisoformat(entry["last_used_at"]) <= datetime.now(UTC)
