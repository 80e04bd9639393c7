"""What load balancers, supervisors and those on call are told."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.kernel.stand import NOTES, READERS, Place, open_stand
from tests.shop import guest
from tradewind.adapters.bus.nats import NatsBus
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.kernel.errors import Unavailable


async def test_a_process_lives_and_is_ready_once_its_schemas_are_there(place: Place) -> None:
    async with open_stand(place) as stand, stand.client(guest()) as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")
        assert (live.status_code, live.json()) == (200, {"status": "live"})
        assert (ready.status_code, ready.json()) == (200, {"status": "ready", "reasons": []})
        assert live.headers["cache-control"] == ready.headers["cache-control"] == "no-store"


async def not_ready(client: httpx.AsyncClient) -> list[str]:
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["status"] == "not ready"
    assert (await client.get("/health/live")).status_code == 200
    return list(answer.json()["reasons"])


async def test_who_drains_is_not_ready_but_lives(place: Place) -> None:
    async with open_stand(place) as stand, stand.client(guest()) as client:
        stand.runtime.draining = True
        assert await not_ready(client) == ["draining"]
        assert (await client.get("/v1/notes")).status_code == 200


async def test_without_its_database_a_process_is_not_ready_and_says_which_service(place: Place) -> None:
    async with open_stand(place) as stand, stand.client(guest()) as client:
        alive = stand.runtime.running["readers"]
        alive.database = PostgresDatabase("postgresql://nobody@127.0.0.1:9/nothing", "readers")
        (reason,) = await not_ready(client)
        assert reason.startswith("readers: ")


async def test_a_request_without_a_database_is_told_to_come_again(place: Place) -> None:
    async with open_stand(place) as stand, stand.client(guest()) as client:
        await stand.runtime.running["notes"].database.close()
        dead = PostgresDatabase("postgresql://nobody@127.0.0.1:9/nothing", "notes")
        object.__setattr__(stand.shop.deps("notes"), "db", dead)
        for answer in (await client.get("/v1/notes"), await client.post("/v1/notes", json={"text": "one"})):
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert int(answer.headers["retry-after"]) >= 1


async def test_a_dead_broker_does_not_keep_a_process_from_serving(place: Place) -> None:
    bus = NatsBus("nats://127.0.0.1:9")
    async with open_stand(place, ("notes",), bus=bus) as stand, stand.client(guest()) as client:
        await stand.runtime.start()
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.post("/v1/notes", json={"text": "one"})).status_code == 201
        assert await stand.awaiting() == [["readers.on_noted"]]
    await bus.close()


async def test_a_service_may_say_what_else_it_needs(place: Place) -> None:
    async def check(deps: object) -> None:
        raise Unavailable("index_missing", "the index is being built")

    ailing = replace(READERS, health=check)
    async with open_stand(place, services=(NOTES, ailing)) as stand, stand.client(guest()) as client:
        assert await not_ready(client) == ["readers: index_missing: the index is being built"]


def series(text: str, name: str) -> dict[tuple[str, ...], float]:
    """Values of one metric by its labels, in the order of their names."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


async def test_requests_are_counted_by_route_and_never_by_path(place: Place) -> None:
    async with open_stand(place) as stand, stand.client(guest()) as client:

        async def counted() -> dict[tuple[str, ...], float]:
            return series((await client.get("/metrics")).text, "tradewind_http_requests_total")

        before = await counted()
        for _ in range(3):
            await client.get("/v1/notes")
        await client.post("/v1/notes", json={"text": ""})
        await client.get("/v1/no/such/place")
        await client.request("BREW", "/v1/notes")
        after = await counted()
        grown = {key: after[key] - before.get(key, 0) for key in after}
        assert grown["GET", "/v1/notes", "200"] == 3
        assert grown["POST", "/v1/notes", "422"] == 1
        assert grown["GET", "none", "404"] == 1
        assert grown["other", "none", "405"] == 1
        assert not any("such" in part for key in after for part in key)


async def test_times_are_a_histogram_whose_buckets_add_up(place: Place) -> None:
    async with open_stand(place) as stand, stand.client(guest()) as client:
        for _ in range(5):
            await client.get("/v1/notes")
        answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        name = "tradewind_http_request_seconds"
        # labels by name: le, method, route
        buckets = {
            key[0]: value
            for key, value in series(answer.text, f"{name}_bucket").items()
            if key[1:] == ("GET", "/v1/notes")
        }
        counts = list(buckets.values())
        assert counts == sorted(counts)
        assert buckets["+Inf"] == series(answer.text, f"{name}_count")["GET", "/v1/notes"] >= 5
        assert series(answer.text, f"{name}_sum")["GET", "/v1/notes"] > 0


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_health_answers_head_as_get(place: Place, method: str) -> None:
    async with open_stand(place) as stand, stand.client(guest()) as client:
        answer = await client.request(method, "/health/live")
        assert (answer.status_code, bool(answer.content)) == (200, method == "GET")
