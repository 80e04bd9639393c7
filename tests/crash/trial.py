"""Lives to be cut short: how they begin, who goes on with them, and what end they should come to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.crash.lives import (
    BEGINS,
    REFUSED,
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
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.kernel.identity import GUEST
from tradewind.ports.database import Database
from tradewind.verify.checks import verify_shop

LATER = timedelta(minutes=3)  # from a death to the next start: leases have run out
NOT_FINAL = (202, 409, 503)  # what a repeat may hear while the outcome is still being found out


@dataclass(frozen=True)
class End:
    """How an order ended, as its customer, the warehouse, the card processor and the subscribers know it."""

    states: list[str]
    captured_minor: int
    refunded_minor: int
    parcels: list[Any]
    money: list[tuple[str, int]]
    events: list[str]


@dataclass(frozen=True)
class Begun:
    """A life at its beginning. It pays at a merchant of its own."""

    place: Place
    life: Life
    merchant: Merchant

    def live_and_die(
        self,
        kill_at: int,
        *,
        shift: timedelta = BEGINS,
        settle_first: bool = False,
        in_flight: bool = False,
    ) -> str | None:
        """In a process of its own. Answers where it was killed; None where it came to its end before."""
        birth = Birth(self.place, self.life, shift, kill_at, in_flight, settle_first)
        return live_in_a_process(birth).killed_at


class Trial:
    """Many lives on one database. Who goes on after the dead is composed anew each time, but for the
    connections to the database."""

    def __init__(self, database_url: str, processor_url: str) -> None:
        self._database_url, self._processor_url = database_url, processor_url
        self._kept: dict[str, PostgresDatabase] = {}

    async def furnish(self) -> None:
        place = self._place(Merchant(self._processor_url))
        async with self._shop(place, ShiftedClock(BEGINS)) as shop, shop.client(STAFF) as admin:
            await furnish(admin)

    async def begin(self, steps: Sequence[str], number: int) -> list[Begun]:
        """So many carts, ready to be ordered."""
        begun = []
        merchants = [Merchant(self._processor_url) for _ in range(number)]
        async with self._shop(self._place(merchants[0]), ShiftedClock(BEGINS)) as shop:
            for merchant in merchants:
                cards = (DECLINED, GOOD) if "pay again" in steps else (GOOD,)
                tokens = [await merchant.token(card) for card in cards]
                if steps is REFUSED:
                    await merchant.order_faults({"operation": "capture", "kind": "decline", "times": 1})
                life = await begin_life(shop, tuple(steps), tuple(tokens))
                begun.append(Begun(self._place(merchant), life, merchant))
        return begun

    async def live_in_peace(self, steps: Sequence[str]) -> tuple[list[str], End]:
        """The points that such a life passes, and the end that it comes to."""
        [begun] = await self.begin(steps, 1)
        points, clock = Points(None), ShiftedClock(BEGINS)
        async with incarnation(begun.place, clock, points) as shop:
            await live_on(shop, clock, begun.life)
            seen = list(points.seen)
            return seen, await _the_end(shop, begun)

    async def after(
        self,
        killed_at: str,
        begun: Begun,
        wanted: End,
        shift: timedelta = BEGINS + LATER,
        *,
        client_first: bool,
    ) -> list[str]:
        """What became of it otherwise than it should have, in words: nothing, if all is well."""
        try:
            found = await self._go_on(begun, shift, client_first=client_first)
        except AssertionError as error:
            return [f"killed {killed_at}: {error}"]
        finally:
            await begun.merchant.close()
        return [] if found == wanted else [f"killed {killed_at}: {found}\n  instead of {wanted}"]

    async def verify(self) -> None:
        """All that these lives left behind, at once: each violation names its order."""
        place = self._place(Merchant(self._processor_url))
        async with self._shop(place, ShiftedClock(timedelta())) as shop:
            report = await verify_shop(shop.runtime, settled=True)
            assert not report.violations, "\n".join(report.violations)

    async def close(self) -> None:
        for database in self._kept.values():
            await database.close()

    async def _go_on(self, begun: Begun, shift: timedelta, *, client_first: bool) -> End:
        """Start again and live to the end. Either the client's repeat finds things as the dead left them, or
        the jobs were there before."""
        clock, life = ShiftedClock(shift), begun.life
        async with self._shop(begun.place, clock) as shop:
            if client_first and life.left:
                answer = await ask(shop, life, life.left[0])
                assert answer.status_code in (200, 201, *NOT_FINAL), f"{answer.status_code} {answer.text}"
            await settle(shop, clock)
            await live_on(shop, clock, life)
            await _check_repeats(shop, life)
            return await _the_end(shop, begun)

    @asynccontextmanager
    async def _shop(self, place: Place, clock: ShiftedClock) -> AsyncIterator[Shop]:
        async with incarnation(place, clock, open_database=self._database) as shop:
            yield shop

    def _database(self, name: str) -> Database:
        if name not in self._kept:
            self._kept[name] = PostgresDatabase(self._database_url, name, max_size=4)
        lent: Any = _Lent(self._kept[name])
        return lent  # type: ignore[no-any-return]

    def _place(self, merchant: Merchant) -> Place:
        return Place(self._database_url, self._processor_url, merchant.name)


class _Lent:
    """A database whose connections stay when the shop that used them stops."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def close(self) -> None:
        return


async def _check_repeats(shop: Shop, life: Life) -> None:
    """Who asks again under the same key hears the same; who orders the cart again is given its order."""
    for step in life.steps:
        again = await ask(shop, life, step)
        assert heard(again) == life.answers[step], f"{step} was answered otherwise before: {again.text}"
    async with shop.client(GUEST) as guest:
        body = {"cart_id": life.cart_id, "card_token": life.card_tokens[0]}
        other = await guest.post("/v1/orders", json=body, headers=key())
        assert other.json()["order_id"] == life.answers["order"]["order_id"], other.text


async def _the_end(shop: Shop, begun: Begun) -> End:
    order = begun.life.answers["order"]
    async with shop.client(GUEST) as guest:
        seen = await guest.get(f"/v1/orders/{order['order_id']}", params={"token": order["token"]})
        assert seen.status_code == 200, seen.text
    told = seen.json()
    events = [
        row["type"]
        for alive in shop.runtime.running.values()
        for row in await alive.database.fetch("SELECT type FROM outbox WHERE key = $1", order["order_id"])
    ]
    return End(
        [entry["to_state"] for entry in told["history"] if entry["kind"] == "state"],
        told["captured"]["amount_minor"],
        told["refunded"]["amount_minor"],
        [[parcel["state"], parcel["lines"]] for parcel in told["fulfilments"]],
        await begun.merchant.effects(),
        sorted(events),
    )
