"""The gateway before the real user service, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.shop import Shop, open_shop
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings
from tradewind.kernel.server import Server
from tradewind.services.user.invariants import INVARIANTS

PERSON = {"email": "ada@example.com", "password": "a long enough password", "name": "Ada Lovelace"}


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    async with open_shop(("user",), database_url) as shop:
        yield shop
        for name, sql in INVARIANTS:
            assert await shop.database("user").fetch(sql) == [], name


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    app = Server(Gateway(shop.runtime, Settings()).handle, None, access_log=False)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


async def test_who_registers_and_logs_in_is_known_by_the_token(client: httpx.AsyncClient) -> None:
    registered = await client.post("/v1/accounts", json=PERSON)
    assert registered.status_code == 201, registered.text
    signed_in = await client.post("/v1/sessions", json={k: PERSON[k] for k in ("email", "password")})
    token = signed_in.json()["token"]
    me = await client.get("/v1/me", headers={"authorization": f"Bearer {token}"})
    assert me.json()["account"]["email"] == PERSON["email"]
    assert '"account"' in me.headers["ratelimit"]
    assert (await client.get("/v1/me")).status_code == 401
    assert (
        await client.get("/v1/customers", headers={"authorization": f"Bearer {token}"})
    ).status_code == 403


async def test_a_session_that_was_ended_is_refused_at_once(client: httpx.AsyncClient) -> None:
    token = (await client.post("/v1/accounts", json=PERSON)).json()["token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert (await client.delete("/v1/sessions/current", headers=bearer)).status_code in (200, 204)
    again = await client.get("/v1/me", headers=bearer)
    assert (again.status_code, again.json()["code"]) == (401, "credential_invalid")


async def test_a_browser_refreshes_and_ends_the_session_of_its_cookie(client: httpx.AsyncClient) -> None:
    token = (await client.post("/v1/accounts", json=PERSON)).json()["token"]
    browser = {"cookie": f"__Host-tradewind={token}", "sec-fetch-site": "same-origin"}
    refreshed = await client.post("/v1/sessions/refresh", headers=browser)
    assert refreshed.status_code == 200, refreshed.text
    assert (await client.get("/v1/me", headers=browser)).status_code == 401
    browser["cookie"] = f"__Host-tradewind={refreshed.json()['token']}"
    sessions = await client.get("/v1/sessions", headers=browser)
    assert [entry["current"] for entry in sessions.json()["items"]] == [True]
    assert (await client.delete("/v1/sessions/current", headers=browser)).status_code == 204
    over = await client.get("/v1/me", headers=browser)
    assert (over.status_code, over.json()["code"]) == (401, "credential_invalid")
    assert "Max-Age=0" in over.headers["set-cookie"]


async def test_guessing_passwords_is_slowed_down(client: httpx.AsyncClient) -> None:
    guess = {"email": "ada@example.com", "password": "not the password"}
    statuses = [(await client.post("/v1/sessions", json=guess)).status_code for _ in range(21)]
    assert statuses[-1] == 429
    assert (await client.get("/docs")).status_code == 200


async def test_readiness_names_the_service_to_outsiders_and_the_reason_to_insiders(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/health/ready")).json() == {"status": "ready", "reasons": []}
    shop.runtime.draining = True
    inside = await client.get("/health/ready")
    assert (inside.status_code, inside.json()["reasons"]) == (503, ["draining"])
    shop.runtime.draining = False


async def test_an_unready_database_is_told_without_its_address(shop: Shop) -> None:
    await shop.database("user").execute("DELETE FROM schema_migrations WHERE name LIKE '0001%'")
    for peer, expected in (("127.0.0.1", "user: migrations 0001"), ("6.6.6.6", "user")):
        app = Server(Gateway(shop.runtime, Settings()).handle, None, access_log=False)
        transport = httpx.ASGITransport(app=app, client=(peer, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            answer = await client.get("/health/ready")
            assert answer.status_code == 503
            (reason,) = answer.json()["reasons"]
            assert reason.startswith(expected)
            assert (peer == "127.0.0.1") == ("migrations" in reason)
