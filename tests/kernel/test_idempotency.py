"""One key, one effect: in one process, in several, for one transaction or two, and for secrets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from tests.kernel.stand import Place, Stand, eventually, open_stand
from tests.shop import customer, guest
from tradewind.kernel.idempotency import KEPT_DAYS, forget_old_keys


@pytest.fixture
async def stand(place: Place) -> AsyncIterator[Stand]:
    async with open_stand(place) as opened:
        yield opened


def key(value: str | None = None) -> dict[str, str]:
    return {"idempotency-key": value or str(uuid4())}


async def notes(stand: Stand) -> list[str]:
    rows = await stand.database("notes").fetch("SELECT text FROM notes ORDER BY note_id")
    return [row["text"] for row in rows]


async def test_a_repeat_is_answered_as_the_first_was_and_has_no_effect(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        header = key()
        first = await client.post("/v1/notes", json={"text": "one"}, headers=header)
        second = await client.post("/v1/notes", json={"text": "one"}, headers=header)
        assert (first.status_code, "idempotency-replayed" in first.headers) == (201, False)
        assert (second.status_code, second.content) == (201, first.content)
        assert second.headers["idempotency-replayed"] == "true"
        assert second.headers["cache-control"] == "no-store"
        assert await notes(stand) == ["one"]
        await stand.pump()
        assert stand.ears.heard == ["one"]


async def test_without_a_key_a_repeat_is_another_request(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        for _ in range(2):
            assert (await client.post("/v1/notes", json={"text": "one"})).status_code == 201
    assert await notes(stand) == ["one", "one"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/notes", {"text": "two"}), ("/v1/notes", {"text": "one "})],
)
async def test_a_key_of_another_request_is_refused(stand: Stand, path: str, body: dict[str, str]) -> None:
    async with stand.client(guest()) as client:
        header = key()
        assert (await client.post("/v1/notes", json={"text": "one"}, headers=header)).status_code == 201
        other = await client.post(path, json=body, headers=header)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert other.json()["field"] == "Idempotency-Key"
        assert await notes(stand) == ["one"]


async def test_a_key_belongs_to_one_caller_and_one_route(stand: Stand) -> None:
    header = key()
    for caller in (customer(), customer(), guest("192.0.2.1"), guest("192.0.2.2")):
        async with stand.client(caller) as client:
            for path in ("/v1/notes", "/v1/secret-notes"):
                assert (await client.post(path, json={"text": "one"}, headers=header)).status_code == 201
    assert len(await notes(stand)) == 8


@pytest.mark.parametrize("value", ["short", "k" * 256, "with a space in it", "with-an-ümlaut"])
async def test_what_is_no_key_is_refused(stand: Stand, value: str) -> None:
    async with stand.client(guest()) as client:
        answer = await client.post(
            "/v1/notes", json={"text": "one"}, headers={b"idempotency-key": value.encode()}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")
        assert answer.json()["field"] == "Idempotency-Key"
        assert await notes(stand) == []


async def test_a_refusal_is_not_kept_so_that_the_same_key_may_succeed_later(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        await client.post("/v1/notes", json={"text": "in the way"})
        header = key()
        refused = await client.post("/v1/rare-notes", json={"text": "rare"}, headers=header)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_rare")
        await stand.database("notes").execute("DELETE FROM notes")
        first = await client.post("/v1/rare-notes", json={"text": "rare"}, headers=header)
        assert first.status_code == 200
        # Run again it would be refused, for its own note is in the way: the answer is given instead.
        assert (await client.post("/v1/rare-notes", json={"text": "rare"}, headers=header)).content == (
            first.content
        )


async def test_thirty_two_at_once_at_two_replicas_have_one_effect(place: Place) -> None:
    async with open_stand(place) as one, open_stand(place) as other:
        header = key()
        async with one.client(guest()) as here, other.client(guest()) as there:

            async def post(client: httpx.AsyncClient) -> httpx.Response:
                return await client.post("/v1/notes", json={"text": "one"}, headers=header)

            answers = await asyncio.gather(*(post(client) for client in (here, there) * 16))
            last = await post(there)
        codes = Counter(answer.status_code for answer in answers)
        assert codes[201] >= 1
        assert set(codes) <= {201, 409}
        assert {answer.content for answer in answers if answer.status_code == 201} == {last.content}
        assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"request_in_flight"}
        assert await notes(one) == ["one"]


@pytest.mark.parametrize("replicas", [1, 2])
async def test_while_the_first_is_under_way_a_repeat_is_told_so_or_does_no_harm(
    place: Place, replicas: int
) -> None:
    """In one process it is a 409; in another, a request of two transactions runs again, which must be safe."""
    async with open_stand(place) as one, open_stand(place) as other:
        header = key()
        one.gate.opened.clear()
        async with one.client(guest()) as here, (one, other)[replicas - 1].client(guest()) as there:
            late = asyncio.create_task(client_post(here, header))
            await eventually(lambda: arrived(one))
            meanwhile = await client_post(there, header)
            one.gate.opened.set()
            first = await late
            assert first.status_code == 200
            if replicas == 1:
                assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "request_in_flight")
            else:
                assert (meanwhile.status_code, meanwhile.content) == (200, first.content)
            again = await client_post(there, header)
            assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
        assert await notes(one) == ["late"]


async def client_post(client: httpx.AsyncClient, header: dict[str, str]) -> httpx.Response:
    return await client.post("/v1/late-notes", json={"text": "late"}, headers=header)


async def arrived(stand: Stand) -> bool:
    return stand.gate.arrived > 0


async def test_a_request_of_two_transactions_that_died_between_them_is_completed_by_its_repeat(
    stand: Stand,
) -> None:
    async with stand.client(guest()) as client:
        header = key()
        stand.gate.opened.clear()
        dying = asyncio.create_task(client_post(client, header))
        await eventually(lambda: arrived(stand))
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        assert await stand.database("notes").value("SELECT answer FROM idempotency_keys") is None
        stand.gate.opened.set()
        repeat = await client_post(client, header)
        assert repeat.status_code == 200
        assert (await client_post(client, header)).content == repeat.content
        other = await client.post("/v1/late-notes", json={"text": "other"}, headers=header)
        assert other.json()["code"] == "idempotency_key_reused"
        assert await notes(stand) == ["late"]


async def test_an_answer_with_a_secret_is_kept_sealed_and_its_request_cannot_be_guessed_at(
    stand: Stand,
) -> None:
    async with stand.client(guest()) as client:
        header = key()
        first = await client.post("/v1/secret-notes", json={"text": "hush"}, headers=header)
        assert first.headers["cache-control"] == "no-store"
        plain = await client.post("/v1/notes", json={"text": "hush"}, headers=header)
        assert first.status_code == plain.status_code == 201
        rows = {
            row["scope"].rpartition("/")[2]: row
            for row in await stand.database("notes").fetch("SELECT * FROM idempotency_keys")
        }
        assert b"hush" not in rows["secret-notes"]["answer"]
        assert b"hush" in rows["notes"]["answer"]
        again = await client.post("/v1/secret-notes", json={"text": "hush"}, headers=header)
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


async def test_keys_are_kept_for_thirty_days(stand: Stand) -> None:
    async with stand.client(guest()) as client:
        header = key()
        await client.post("/v1/notes", json={"text": "one"}, headers=header)
        stand.clock.ahead = timedelta(days=KEPT_DAYS, seconds=-10)
        await forget_old_keys(stand.runtime.running["notes"].database, stand.clock)
        await client.post("/v1/notes", json={"text": "one"}, headers=header)
        assert await notes(stand) == ["one"]
        stand.clock.ahead = timedelta(days=KEPT_DAYS, seconds=10)
        await forget_old_keys(stand.runtime.running["notes"].database, stand.clock)
        await client.post("/v1/notes", json={"text": "one"}, headers=header)
        assert await notes(stand) == ["one", "one"]
