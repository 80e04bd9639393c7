"""Outbox, relay and inbox in one process: an event has its effect once, in order, whatever fails between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from tests.kernel.stand import NOTES, READERS, Noted, Place, Stand, Struck, no_trouble, open_stand
from tests.shop import guest, staff
from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.events import Envelope
from tradewind.kernel.inbox import KEPT_DAYS, MOST_TRIES
from tradewind.kernel.outbox import REDRIVE_FIRST_SECONDS
from tradewind.kernel.service import Service, Subscription
from tradewind.ports.database import DatabaseUnavailable, Transaction
from tradewind.verify.events import check_events


@pytest.fixture
async def stand(place: Place) -> AsyncIterator[Stand]:
    async with open_stand(place) as opened:
        yield opened


async def fails(event: Noted) -> None:
    raise RuntimeError(f"cannot take {event.text}")


async def database_is_gone(event: Noted) -> None:
    raise DatabaseUnavailable("the connection broke")


async def retry(stand: Stand, seconds: float) -> None:
    stand.clock.ahead += timedelta(seconds=seconds)
    await stand.pump()


async def test_an_event_has_its_effect_once_and_is_then_confirmed(stand: Stand) -> None:
    await stand.note("one")
    assert await stand.awaiting() == [["readers.on_noted"]]
    await stand.pump()
    await stand.pump()
    assert (stand.ears.heard, await stand.written(), await stand.awaiting()) == (["one"], ["one"], [[]])


async def test_an_event_of_a_transaction_that_rolls_back_never_was(stand: Stand) -> None:
    alive = stand.runtime.running["notes"]
    with pytest.raises(RuntimeError):
        async with alive.database.begin() as tx:
            await alive.outbox.append(tx, Noted(stand.clock.new_id(), "unsaid"))
            raise RuntimeError("the use case failed")
    await stand.pump()
    assert (stand.ears.heard, await stand.awaiting(), alive.outbox.wake.is_set()) == ([], [], False)


async def test_an_event_is_lost_where_who_was_owed_it_does_not_know_it(stand: Stand) -> None:
    """Who subscribed after it was published was owed nothing."""
    await stand.note("one")
    await stand.pump()

    async def lost() -> list[str]:
        return (await check_events(stand.runtime, settled=True))["events: none is lost"]

    assert await lost() == []
    await stand.database("readers").execute("DELETE FROM inbox")
    (one,) = await lost()
    assert "confirmed by readers.on_noted" in one
    await stand.database("notes").execute("UPDATE outbox SET owed = '{}'")
    assert await lost() == []


async def test_events_about_one_thing_arrive_in_order(stand: Stand) -> None:
    texts = [f"{number:02}" for number in range(40)]
    await stand.note(*texts)
    await stand.pump()
    assert stand.ears.heard == texts


async def test_an_event_that_nobody_hears_is_kept_and_awaits_nobody(stand: Stand) -> None:
    alive = stand.runtime.running["notes"]
    async with alive.database.begin() as tx:
        await alive.outbox.append(tx, Struck(stand.clock.new_id()), Struck(stand.clock.new_id()))
    assert not alive.outbox.wake.is_set()
    assert await stand.awaiting() == [[], []]


async def test_two_relays_at_once_have_each_event_delivered_once(place: Place) -> None:
    async with open_stand(place) as first, open_stand(place) as second:
        await asyncio.gather(*(first.note(f"{number}") for number in range(30)))
        await asyncio.gather(first.pump(), second.pump(), first.pump(), second.pump())
        assert sorted(first.ears.heard + second.ears.heard) == sorted(f"{number}" for number in range(30))
        assert len(await first.written()) == 30


async def test_a_repeated_delivery_has_no_second_effect(stand: Stand) -> None:
    await stand.note("one")
    await stand.pump()
    await stand.database("notes").execute(
        "UPDATE outbox SET awaiting = '{readers.on_noted}', claimed_until = '-infinity'"
    )
    await stand.pump()
    assert (await stand.written(), await stand.awaiting()) == (["one"], [[]])


async def test_a_failing_handler_leaves_no_effect_and_is_tried_again(stand: Stand) -> None:
    stand.ears.trouble = fails
    await stand.note("one", "two")
    await stand.pump()
    assert await stand.written() == []  # its writes rolled back with it
    assert await stand.awaiting() == [[], []]  # the inbox holds them: the outbox need not
    stand.ears.trouble = no_trouble
    await stand.pump()
    assert stand.ears.heard == []  # a pause comes first
    await retry(stand, 2)
    assert sorted(await stand.written()) == ["one", "two"]
    assert await stand.runtime.running["readers"].inbox.unfinished() == []


async def test_pauses_grow_and_after_the_last_try_the_event_is_parked(stand: Stand) -> None:
    stand.ears.trouble = fails
    await stand.note("one")
    await stand.pump()
    inbox = stand.runtime.running["readers"].inbox
    for tries in range(2, MOST_TRIES + 1):
        await retry(stand, 300)
        (parked,) = await inbox.unfinished()
        assert parked.tries == tries
        assert parked.state == ("parked" if tries == MOST_TRIES else "failed")
    assert parked.reason == "RuntimeError: cannot take one"
    assert msgspec.json.decode(parked.envelope, type=Envelope).key
    await retry(stand, 3600)
    assert (await inbox.unfinished())[0].tries == MOST_TRIES


async def park(stand: Stand) -> UUID:
    stand.ears.trouble = fails
    await stand.note("one")
    await stand.pump()
    await stand.database("readers").execute("UPDATE inbox SET tries = $1", MOST_TRIES - 1)
    await retry(stand, 300)
    stand.ears.trouble = no_trouble
    (parked,) = await stand.runtime.running["readers"].inbox.unfinished()
    assert parked.state == "parked"
    return parked.event_id


async def test_a_parked_event_is_seen_and_replayed_by_who_operates_the_shop(stand: Stand) -> None:
    event_id = await park(stand)
    path = "/v1/operations/readers/parked-events"
    async with stand.client(staff()) as operator, stand.client(guest()) as anybody:
        assert (await anybody.get(path)).status_code == 401
        (shown,) = (await operator.get(path)).json()["items"]
        assert (shown["event_id"], shown["state"]) == (str(event_id), "parked")
        status = (await operator.get("/v1/operations/readers/status")).json()
        assert (status["events_parked"], status["events_failed"], status["outbox_waiting"]) == (1, 0, 0)
        body = {"event_id": str(event_id), "subscriber": "readers.on_noted"}
        assert (await operator.post(f"{path}/replay", json=body)).status_code == 204
        await stand.pump()
        assert await stand.written() == ["one"]
        done = await operator.post(f"{path}/replay", json=body)
        assert (done.status_code, done.json()["code"]) == (409, "event_done")
        assert (await operator.get(path)).json()["items"] == []


async def test_what_was_never_received_cannot_be_replayed(stand: Stand) -> None:
    inbox = stand.runtime.running["readers"].inbox
    with pytest.raises(NotFound, match="event_not_found"):
        await inbox.replay(stand.clock.new_id(), "readers.on_noted")
    await stand.note("one")
    await stand.pump()
    event_id = await stand.database("notes").value("SELECT id FROM outbox")
    with pytest.raises(Conflict, match="event_done"):
        await inbox.replay(event_id, "readers.on_noted")
    assert await stand.written() == ["one"]


async def test_a_dead_database_leaves_the_event_in_the_outbox(stand: Stand) -> None:
    stand.ears.trouble = database_is_gone
    await stand.note("one")
    await stand.pump()
    assert await stand.awaiting() == [["readers.on_noted"]]
    assert await stand.runtime.running["readers"].inbox.unfinished() == []
    stand.ears.trouble = no_trouble
    await stand.pump()
    assert stand.ears.heard == []  # it is lent out for a while
    await retry(stand, 2 * REDRIVE_FIRST_SECONDS + 1)
    assert (stand.ears.heard, await stand.awaiting()) == (["one"], [[]])


async def test_a_removed_subscription_confirms_by_its_absence(place: Place) -> None:
    async with open_stand(place) as before:
        await before.note("one")
    deaf = Service("readers", READERS.settings, READERS.deps, READERS.migrations)
    async with open_stand(place, services=(NOTES, deaf)) as after:
        await after.pump()
        assert (await after.awaiting(), await after.written()) == ([[]], [])


async def heard_otherwise(deps: object, tx: Transaction, event: Noted) -> None:
    return None


async def test_a_failed_event_of_a_removed_subscription_is_parked_for_a_person(place: Place) -> None:
    async with open_stand(place) as before:
        before.ears.trouble = fails
        await before.note("one")
        await before.pump()
    changed = Service(
        "readers",
        READERS.settings,
        READERS.deps,
        READERS.migrations,
        subscriptions=(Subscription(Noted, heard_otherwise),),
    )
    async with open_stand(place, services=(NOTES, changed)) as after:
        await retry(after, 300)
        (parked,) = await after.runtime.running["readers"].inbox.unfinished()
        assert (parked.state, parked.reason) == ("parked", "no such subscription")


async def test_running_relays_deliver_what_is_committed_without_being_asked(stand: Stand) -> None:
    await stand.runtime.start()
    async with stand.client(guest()) as client:
        assert (await client.post("/v1/notes", json={"text": "one"})).status_code == 201
    async with asyncio.timeout(20):
        while stand.ears.heard != ["one"]:
            await asyncio.sleep(0.01)


async def test_what_is_long_confirmed_is_forgotten_and_what_is_not_is_kept(stand: Stand) -> None:
    await stand.note("old")
    await stand.pump()
    stand.clock.ahead += timedelta(days=KEPT_DAYS + 1)
    stand.ears.trouble = fails
    await stand.note("new")
    await stand.pump()
    alive = stand.runtime.running
    await alive["notes"].outbox.forget_old(alive["notes"].database)
    await alive["readers"].inbox.forget_old()
    assert len(await stand.awaiting()) == 1
    states = await stand.database("readers").fetch("SELECT state FROM inbox")
    assert [row["state"] for row in states] == ["failed"]


async def test_confirmations_that_meet_are_all_kept_and_never_wait_crosswise(stand: Stand) -> None:
    """Each of two subscribers confirms the same events, many times at once, in opposite orders."""
    alive = stand.runtime.running["notes"]
    await stand.note(*(f"{number}" for number in range(60)))
    await alive.database.execute("UPDATE outbox SET awaiting = '{left,right}'")
    ids = [row["id"] for row in await alive.database.fetch("SELECT id FROM outbox ORDER BY id")]
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    async with alive.database.begin() as first:
        await alive.outbox.confirm(first, ids[:1], ["left"])
        waiting = asyncio.create_task(alive.outbox.confirm(alive.database, ids[::-1], ["right"]))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await alive.outbox.confirm(first, ids, ["left"])
    await waiting
    assert await stand.awaiting() == [[]] * 60
    await alive.database.execute("UPDATE outbox SET awaiting = '{left,right}'")
    await asyncio.gather(
        *(
            alive.outbox.confirm(alive.database, ids[start:][::step], [subscriber])
            for start in range(0, 60, 3)
            for step, subscriber in ((1, "left"), (-1, "right"))
        )
    )
    assert await stand.awaiting() == [[]] * 60
    assert await alive.database.value(deadlocks) == 0
