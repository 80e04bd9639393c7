from __future__ import annotations

import pytest

from tests.gateway.edge import ADA, ROBOT, open_edge
from tests.gateway.tiny_services import ADA_ID, ROBOT_ID, calls

COOKIE = {"cookie": "theme=dark; __Host-tradewind=tws_ada; a=b"}


async def test_without_a_credential_the_caller_is_a_guest_and_nobody_is_asked() -> None:
    async with open_edge() as client:
        before = calls["authenticate"]
        seen = (await client.get("/v1/seen")).json()
        assert (seen["kind"], seen["account_id"]) == ("guest", None)
        assert seen["client_address"] == "127.0.0.1"
        assert calls["authenticate"] == before


async def test_a_session_token_and_an_api_key_say_whose_they_are() -> None:
    async with open_edge() as client:
        seen = (await client.get("/v1/seen", headers=ADA)).json()
        assert (seen["kind"], seen["account_id"], seen["permissions"]) == ("account", str(ADA_ID), [])
        seen = (await client.get("/v1/seen", headers=ROBOT)).json()
        assert (seen["kind"], seen["account_id"]) == ("api_key", str(ROBOT_ID))
        assert seen["permissions"] == ["inventory:read"]


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer tws_unknown",
        "Bearer",
        "Bearer ",
        "Basic YWRhOmFkYQ==",
        "tws_ada",
        "Bearer tws_" + "a" * 300,
        "Bearer xyz_ada",
        "Bearer tws_a da",
        "Bearer tws_\xe4",
    ],
)
async def test_what_is_no_valid_credential_is_refused_and_never_a_guest(authorization: str) -> None:
    async with open_edge() as client:
        answer = await client.get("/v1/things/7", headers={b"authorization": authorization.encode("latin-1")})
        assert answer.status_code == 401
        assert answer.json()["code"] in ("credential_invalid", "authentication_scheme_unknown")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "set-cookie" not in answer.headers


async def test_policies_are_kept_at_the_edge() -> None:
    async with open_edge() as client:
        assert (await client.get("/v1/mine")).status_code == 401
        assert (await client.get("/v1/mine", headers=ADA)).status_code == 200
        assert (await client.get("/v1/stock")).status_code == 401
        assert (await client.get("/v1/stock", headers=ADA)).json()["code"] == "permission_required"
        assert (await client.get("/v1/stock", headers=ROBOT)).status_code == 200


async def test_identity_headers_from_outside_are_dropped() -> None:
    forged = {"tradewind-identity": "e30.e30.x", "tradewind-deadline-ms": "1", "Tradewind-Identity": "again"}
    async with open_edge() as client:
        seen = (await client.get("/v1/seen", headers=forged)).json()
        assert seen["kind"] == "guest"
        assert not [name for name in seen["headers"] if name.startswith("tradewind-")]


async def test_a_browsers_session_cookie_counts_where_its_own_site_asks() -> None:
    async with open_edge(public_url="https://shop.example") as client:
        assert (await client.get("/v1/seen", headers=COOKIE)).json()["kind"] == "account"
        for own in (
            {"sec-fetch-site": "same-origin"},
            {"sec-fetch-site": "none"},
            {"origin": "https://shop.example"},
            {},
        ):
            answer = await client.post("/v1/seen", headers={**COOKIE, **own})
            assert answer.json()["kind"] == "account", own


async def test_another_site_cannot_change_anything_with_a_visitors_cookie() -> None:
    async with open_edge(public_url="https://shop.example") as client:
        for foreign in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
        ):
            answer = await client.post("/v1/seen", headers={**COOKIE, **foreign})
            assert answer.status_code == 403, foreign
            assert answer.json()["code"] == "cross_site_request"


async def test_a_cookie_that_is_no_longer_valid_is_refused_and_taken_away() -> None:
    async with open_edge() as client:
        answer = await client.get("/v1/seen", headers={"cookie": "__Host-tradewind=tws_old"})
        assert answer.status_code == 401
        assert answer.headers["set-cookie"].startswith("__Host-tradewind=; Max-Age=0; Path=/; Secure")
        again = await client.get("/v1/seen", headers={"cookie": "__Host-tradewind="})
        assert again.json()["kind"] == "guest"


async def test_a_token_wins_over_a_cookie() -> None:
    async with open_edge() as client:
        seen = (await client.get("/v1/seen", headers={**COOKIE, **ROBOT})).json()
        assert seen["kind"] == "api_key"


async def test_a_well_formed_request_id_is_echoed_and_another_is_replaced() -> None:
    async with open_edge() as client:
        mine = (await client.get("/v1/things/7", headers={"x-request-id": "order-42_a.b"})).headers
        assert mine["x-request-id"] == "order-42_a.b"
        for bad in ("a b", "x" * 65, "", 'a"b', "a\x7fb"):
            answer = await client.get("/v1/things/7", headers={"x-request-id": bad})
            assert answer.headers["x-request-id"] != bad
            assert len(answer.headers["x-request-id"]) == 32
