"""A world's shop as its people know it, and how a client talks to it.

A client is a good one: without an answer, or told to come again, it asks again under the same key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from tests.simulation.processor import Bank
from tests.simulation.schedule import LOST, TWICE, Gone, Schedule
from tests.simulation.shop import SKUS, Member
from tradewind.contracts.user import ROLES
from tradewind.kernel.identity import Principal

STAFF = Principal("account", UUID(int=7), ROLES["administrator"])
ANOTHER = Principal("account", UUID(int=8), ROLES["administrator"])  # a second pair of eyes
MOST_TRIES = 14
OLD = "OLD"
LOTS = {"B": "2126-02-01", "A": "2126-01-20", OLD: "2026-01-04"}  # and from when on they are not sold
_AGAIN = ("request_in_flight", "cart_busy", "order_busy", "order_changed", "earlier_operation_unresolved")


@dataclass
class Answered:
    status: int
    body: Any


@dataclass(frozen=True)
class Terms:
    """What goes on in a world beside the everyday."""

    buys: bool = False  # purchase orders
    drafts: bool = False  # orders that staff put together
    patient: bool = False  # staff who wait until there is something to do, and then do more of it
    moves: bool = False  # pieces that get damaged, repaired, kept back, let go, written off
    bins: bool = False  # what comes in is put into bins
    collects: bool = False  # some orders are collected
    lots: str | None = None  # the SKU that has lots
    preorders: str | None = None  # the SKU that is sold before its release
    serials: str | None = None  # the SKU whose pieces have numbers
    files: bool = False  # stock comes as files too
    rule: str = "priority"  # by which warehouses give stock
    splits: bool = True  # whether an order may come from both


@dataclass
class Scene:
    """One world's shop as its people know it."""

    schedule: Schedule
    members: list[Member]
    bank: Bank
    terms: Terms
    orders: dict[str, str] = field(default_factory=dict)  # order to the token that opens it
    placed: set[str] = field(default_factory=set)  # what a client was told is placed
    answers: dict[str, bytes] = field(default_factory=dict)  # by key: the final one, heard or not
    gift_code: str | None = None
    by_hand: bool = False  # staff capture and refund on payments' own pages as well
    sold: list[str] = field(default_factory=lambda: list(SKUS))
    serials: list[str] = field(default_factory=list)  # the numbers of pieces that have one
    keys: int = 0

    @property
    def rng(self) -> Random:
        return self.schedule.rng

    def lot_of(self, sku: str) -> dict[str, str]:
        """What a line names beside its SKU: a lot, or a piece that was here once."""
        if sku == self.terms.lots:
            return {"lot": self.rng.choice(list(LOTS))}
        if sku == self.terms.serials and self.serials:
            return {"lot": self.rng.choice(self.serials)}
        return {}

    def at_most(self, sku: str, quantity: int) -> int:
        """How many pieces one line can be of."""
        return 1 if sku == self.terms.serials else quantity

    def delivered(self, sku: str, quantity: int) -> list[dict[str, Any]]:
        """Lines of pieces that are new here; those that have numbers, each for itself."""
        if sku == self.terms.serials:
            return [{"sku": sku, "quantity": 1, "lot": self._new_serial()} for _ in range(quantity)]
        named = self.lot_of(sku)
        until = {"expires_on": LOTS[named["lot"]]} if named else {}
        return [{"sku": sku, "quantity": quantity, **named, **until}]

    def _new_serial(self) -> str:
        self.serials.append(f"S{len(self.serials)}")
        return self.serials[-1]

    def key(self) -> str:
        self.keys += 1
        return f"seed-{self.schedule.seed}-key-{self.keys}"

    async def ask(
        self, who: Principal, method: str, path: str, body: object = None, key: str | None = None
    ) -> Answered | None:
        """None when it was given up."""
        schedule = self.schedule
        for tried in range(MOST_TRIES):
            got: list[Any] = []
            member = self.rng.choice(self.members)

            async def serve(member: Member = member, got: list[Any] = got) -> None:
                response = await member.answer(method, path, body, who, key)
                self._compare(f"{method} {path}", key, response)
                got.append(response)

            wrong = await schedule.turn(f"asks {method} {path}", (LOST, TWICE))
            if wrong != LOST:
                name = f"{member.process.name} {method} {path}"
                strand = schedule.start(name, member.process, serve())
                if wrong == TWICE and key is not None:
                    schedule.start(f"{name} again", member.process, serve(got=[]))
                try:
                    await schedule.wait_for(strand, f"awaits {method} {path}")
                except Gone:
                    got.clear()
            if got:
                answered = self._judged(method, path, key, got[0])
                if answered is not None:
                    return answered
            await schedule.sleep(0.1 * 2 ** min(tried, 8))
        return None

    async def say(self, path: str, body: object = None) -> Answered | None:
        """Staff do something, once."""
        return await self.ask(STAFF, "POST", path, body, self.key())

    def _judged(self, method: str, path: str, key: str | None, response: Any) -> Answered | None:
        """None: ask again."""
        status, wrong = response.status, self.schedule.wrong
        body: Any = msgspec.json.decode(response.body) if response.body else None
        self.schedule.happened(f"{method} {path}: {status} {body.get('code', '') if status >= 400 else ''}")
        if (status >= 500 and status != 503) or status == 400:
            wrong.append(f"{method} {path} answered {status}")
        if status in (429, 503) or (status == 409 and body["code"] in _AGAIN):
            return None
        return Answered(status, body)

    def _compare(self, asked: str, key: str | None, response: Any) -> None:
        """Whether or not its client hears of it: what was done under a key is answered so for good."""
        if key is None or response.status == 202 or response.status >= 500:
            return
        if response.status < 300:
            if self.answers.setdefault(key, response.body) != response.body:
                self.schedule.wrong.append(f"{asked} answered {key} in two ways")
        elif key in self.answers:
            code = msgspec.json.decode(response.body)["code"]
            if code not in _AGAIN and response.status != 429:
                self.schedule.wrong.append(f"{asked} refused {key}, which was done: {code}")

    def learn(self, answered: Answered | None) -> Any:
        """An order that was answered; None for anything else."""
        if answered is None or answered.status >= 300 or "order_id" not in (answered.body or {}):
            return None
        order = answered.body
        if order.get("token"):
            self.orders[order["order_id"]] = order["token"]
        if order["state"] == "placed":
            self.placed.add(order["order_id"])
        return order
