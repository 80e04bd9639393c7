from __future__ import annotations

import asyncio

import pytest

from tests.gateway.edge import open_edge, runtime_of
from tests.gateway.tiny_services import THINGS, USERS
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings
from tradewind.kernel.graph import CompositionError


async def test_a_route_is_answered_by_the_service_that_declares_it() -> None:
    async with open_edge() as client:
        answer = await client.get("/v1/things/7")
        assert answer.status_code == 200
        assert answer.json()["thing_id"] == "7"


async def test_an_unknown_path_is_a_404_problem() -> None:
    async with open_edge() as client:
        for path in ("/v1/nothing", "/v1/things/7/parts", "/_contract/User/authenticate", "/v1//things"):
            answer = await client.get(path)
            assert answer.status_code == 404, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "route_not_found"
            assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_routes_of_the_platform_itself_do_not_exist_outside() -> None:
    async with open_edge() as client:
        assert (await client.get("/v1/internal")).status_code == 404


async def test_a_wrong_method_is_a_405_that_says_which_are_right() -> None:
    async with open_edge() as client:
        answer = await client.put("/v1/things/7", json={})
        assert answer.status_code == 405
        assert answer.headers["allow"] == "DELETE, GET"
        assert answer.json()["code"] == "method_not_allowed"


async def test_head_is_get_without_the_body() -> None:
    async with open_edge() as client:
        whole, head = await client.get("/v1/things/7"), await client.head("/v1/things/7")
        assert head.content == b""
        assert head.headers["content-length"] == str(len(whole.content))
        assert head.headers["etag"] == whole.headers["etag"]


async def test_options_tells_the_methods_of_a_path() -> None:
    async with open_edge() as client:
        answer = await client.options("/v1/things")
        assert answer.status_code == 204
        assert answer.headers["allow"] == "GET, POST"
        assert (await client.options("/v1/nothing")).status_code == 404


async def test_a_gateway_that_cannot_reach_a_service_does_not_start() -> None:
    runtime = runtime_of((USERS, THINGS), ("user",))
    with pytest.raises(CompositionError, match="set TRADEWIND_THINGS_URL"):
        Gateway(runtime, Settings())
    with pytest.raises(CompositionError, match="needs User"):
        Gateway(runtime_of((THINGS,), ("things",)), Settings())


async def test_more_requests_at_once_than_the_limit_are_turned_away_for_a_moment() -> None:
    async with open_edge(most_in_flight=2) as client:
        answers = await asyncio.gather(*(client.get("/v1/nap") for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503]
        refused = next(answer for answer in answers if answer.status_code == 503)
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["code"] == "too_busy"
        assert (await client.get("/v1/nap")).status_code == 200


async def test_a_bug_is_a_500_problem_with_the_headers_of_every_answer() -> None:
    async with open_edge() as client:
        answer = await client.get("/v1/failure")
        assert answer.status_code == 500
        assert answer.json()["code"] == "internal_error"
        assert "bug" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "ratelimit" in answer.headers
