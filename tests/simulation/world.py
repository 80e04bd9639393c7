"""One seed, from beginning to end: set up, let loose, heal, and judge."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from tests.simulation import schedule as schedules
from tests.simulation.beside import settle, work_beside
from tests.simulation.clerk import put_orders_together
from tests.simulation.desk import work_at_desk
from tests.simulation.driver import Server
from tests.simulation.processor import Bank, Banks
from tests.simulation.purchasing import buy_in, know_a_supplier
from tests.simulation.scene import OLD, STAFF, Scene, Terms
from tests.simulation.schedule import CALM, Loop, Schedule, Stuck, temper
from tests.simulation.shop import SERVICES, Member, open_members
from tests.simulation.shoppers import shop
from tests.simulation.stockroom import keep_stock
from tests.simulation.stowing import stow
from tests.simulation.terms import set_the_scene, terms_of
from tests.stage import ADDRESS
from tradewind.kernel import migrate
from tradewind.verify.checks import verify_shop

KEPT = {
    "schema_migrations",
    "data_keys",
    "warehouses",
    "warehouse_regions",
    "shipping_methods",
    "tax_rates",
    "suppliers",
    "supplier_parts",
}


@dataclass
class Verdict:
    """What came of a seed. `wrong` empty: every promise was kept."""

    seed: int
    wrong: list[str]
    trace: list[str]
    steps: int
    crashes: int
    orders: dict[str, int] = field(default_factory=dict)  # by the state that they ended in

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


class Simulator:
    """Runs worlds one after the other on one database. Its event loop must be a schedule.Loop."""

    def __init__(self, url: str) -> None:
        self._server = Server(url)
        self._banks = Banks()
        self._members: list[Member] = []

    async def open(self) -> None:
        """Migrate, and set what every world has: a warehouse, a way of shipping, a tax rate."""
        await self._server.open()
        for name in SERVICES:
            await self._in_world(self._schedule(0), partial(self._migrate, name))
        self._members = open_members(self._server, self._banks)
        for member in self._members:
            await self._in_world(self._schedule(0), member.runtime.open_keys)
        await self._in_world(self._schedule(0), self._furnish)

    async def close(self) -> None:
        await self._server.close()

    async def _migrate(self, service: str) -> None:
        package = f"tradewind.services.{service}.migrations"
        await migrate.migrate(self._server.database(service), package)

    async def run(self, seed: int) -> Verdict:
        await self._begin_anew()
        schedule = self._schedule(seed)
        schedule.processes = [member.process for member in self._members]
        schedule.end_connections = self._server.end_connections
        bank = self._banks.bank = self._new_bank(schedule.rng)
        scene = Scene(schedule, self._members, bank, terms_of(seed))
        schedules.enter(schedule)
        states: dict[str, int] = {}
        try:
            await self._play(scene)
            if not schedule.wrong:
                states = await self._judge(scene)
        except Stuck as stuck:
            schedule.wrong.append(f"stuck: {stuck}")
        finally:
            schedule.bury()
            await self._server.recall()
            schedules.enter(None)
        return Verdict(seed, schedule.wrong, schedule.trace, schedule.steps, schedule.crashes, states)

    async def _play(self, scene: Scene) -> None:
        schedule, rng = scene.schedule, scene.schedule.rng
        carts: list[str] = []
        schedule.start("setting", None, set_the_scene(scene, carts))
        await schedule.run()
        beside: list[Any] = []

        def restart(member: Member) -> None:
            member.forget()
            beside.append(
                schedule.start(f"{member.process.name} beside", member.process, work_beside(scene, member))
            )

        for member in self._members:
            member.process.on_death = partial(restart, member)
            restart(member)
        for number, cart_id in enumerate(carts):
            schedule.start(f"shopper {number}", None, shop(scene, cart_id))
        schedule.start("staff", None, work_at_desk(scene, rng.randint(0, 12)))
        schedule.start("stock", None, keep_stock(scene, rng.randint(0, 2)))
        if scene.terms.buys:
            schedule.start("buyer", None, buy_in(scene, 2))
        if scene.terms.bins:
            schedule.start("stower", None, stow(scene, 5))
        if scene.terms.drafts:
            schedule.start("clerk", None, put_orders_together(scene, 2))
        schedule.temper = temper(rng)
        await schedule.run(lambda: not schedule.stories_left())
        for strand in beside:
            schedule.dismiss(strand)
        schedule.temper = CALM

    async def _judge(self, scene: Scene) -> dict[str, int]:
        schedule, member = scene.schedule, self._members[0]
        states: dict[str, int] = {}

        async def judge() -> None:
            left = await settle(scene, member, lambda: self._unfinished(member))
            schedule.wrong += [f"never ends: {what}" for what in left]
            report = await verify_shop(member.runtime, settled=True)
            schedule.wrong += report.violations
            schedule.wrong += await self._told_and_true(scene, member)
            schedule.wrong += await self._bank_agrees(scene, member)
            schedule.wrong += await self._sold_nothing_old(member)
            if not scene.by_hand:
                schedule.wrong += await self._took_what_it_sent(member)
            rows = await member.runtime.running["order"].database.fetch(
                "SELECT state, count(*) AS orders FROM orders GROUP BY state ORDER BY state"
            )
            states.update({row["state"]: row["orders"] for row in rows})

        schedule.start("judge", None, judge())
        await schedule.run()
        schedule.happened(f"ends with {states}")
        return states

    async def _unfinished(self, member: Member) -> list[str]:
        left = []
        for service, what, sql in _UNFINISHED:
            count = await member.runtime.running[service].database.value(sql)
            if count:
                left.append(f"{count} {what}")
        return left

    async def _told_and_true(self, scene: Scene, member: Member) -> list[str]:
        """An order that a client was told is placed was placed; and one that was is told to whoever listens."""
        rows = await member.runtime.running["order"].database.fetch(_PLACED)
        lost = scene.placed - {row["id"] for row in rows}
        wrong = [f"order {order_id} was told as placed and is not" for order_id in sorted(lost)]
        return wrong + [f"order {row['id']} was placed in silence" for row in rows if not row["told"]]

    async def _took_what_it_sent(self, member: Member) -> list[str]:
        """Where nobody captures by hand: no more was taken for an order than its parcels were to take."""
        sent = {
            row["order_id"]: row["taken"]
            for row in await member.runtime.running["order"].database.fetch(_FOR_PARCELS)
        }
        taken = await member.runtime.running["payment"].database.fetch(_TAKEN)
        return [
            f"order {row['order_id']}: {row['taken']} was taken for parcels of {sent.get(row['order_id'], 0)}"
            for row in taken
            if row["taken"] > sent.get(row["order_id"], 0)
        ]

    async def _bank_agrees(self, scene: Scene, member: Member) -> list[str]:
        """What the bank holds and took is what the payment service knows, and nothing else."""
        ours = {
            row["processor_id"]: (row["state"], row["captured"], row["refunded"])
            for row in await member.runtime.running["payment"].database.fetch(_OURS)
        }
        wrong = []
        for id_, state, captured, refunded in scene.bank.processor.db.execute(
            "SELECT id, status, captured_minor, refunded_minor FROM authorisations"
        ):
            known = ours.get(id_)
            if state == "authorised" and known != ("authorised", captured, refunded):
                wrong.append(
                    f"the bank has {id_} {state}, took {captured}, gave back {refunded}; we: {known}"
                )
            if state != "authorised" and known is not None and known[0] == "authorised":
                wrong.append(f"the bank has {id_} {state}; we: {known}")
        return wrong

    async def _sold_nothing_old(self, member: Member) -> list[str]:
        rows = await member.runtime.running["inventory"].database.fetch(_SOLD_FROM, OLD)
        return [f"{row['sku']} of a lot that is out of date was sold" for row in rows]

    def _schedule(self, seed: int) -> Schedule:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop), "run it on a schedule.Loop"
        assert self._server.monitor is not None
        return Schedule(seed, loop, self._server.monitor)

    def _new_bank(self, rng: Random) -> Bank:
        settings = self._members[0].runtime.running["payment"].settings
        return Bank(Random(rng.random()), settings.processor_webhook_secret)

    async def _in_world(self, schedule: Schedule, work: Any) -> None:
        schedules.enter(schedule)
        try:
            schedule.start("setting up", None, work())
            await schedule.run()
        finally:
            schedules.enter(None)
        assert not schedule.wrong, schedule.wrong

    async def _furnish(self) -> None:
        scene = Scene(schedules.current(), self._members[:1], None, Terms())  # type: ignore[arg-type]
        for code, country in (("LEJ", "DE"), ("HAM", "DE")):
            body = {"code": code, "name": code, "country": country, "pickup": True}
            assert (await scene.ask(STAFF, "POST", "/v1/warehouses", body, scene.key())) is not None
        near = {"items": [{"country": "DE", "postal_prefix": ADDRESS["postal_code"][:2], "distance": 10}]}
        known = await scene.ask(STAFF, "PUT", "/v1/warehouses/HAM/regions", near, scene.key())
        assert known is not None and known.status == 200, known
        standard = {"name": "Standard", "countries": ["DE"], "prices": {"EUR": {"price_minor": 490}}}
        made = await scene.ask(STAFF, "PUT", "/v1/shipping-methods/standard", standard, scene.key())
        assert made is not None and made.status == 200, made
        await scene.ask(STAFF, "PUT", "/v1/tax-rates/DE/standard", {"basis_points": 1900}, scene.key())
        await know_a_supplier(scene)

    async def _begin_anew(self) -> None:
        """Every world finds the same tables, down to the places of their rows: TRUNCATE makes files anew where
        DELETE would leave holes. The ledgers' triggers are told to look away."""
        monitor = self._server.monitor
        assert monitor is not None
        tables = await monitor.fetch(_WRITTEN, list(SERVICES), list(KEPT))
        names = ", ".join(row["name"] for row in tables)
        truncate = f"TRUNCATE {names} CASCADE;" if names else ""
        await monitor.execute(
            f"SET session_replication_role = replica; {truncate} SET session_replication_role = DEFAULT"
        )
        await monitor.execute(_SEQUENCES, list(SERVICES))
        for member in self._members:
            member.forget()


_WRITTEN = """
    SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = ANY ($1::text[]) AND c.relname <> ALL ($2::text[])
        AND pg_relation_size(c.oid) > 0
    ORDER BY name
"""
_SEQUENCES = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = ANY ($1::text[])
"""
_PLACED = """
    SELECT order_id::text AS id, EXISTS (
        SELECT FROM outbox WHERE type = 'order.placed' AND key = order_id::text) AS told
    FROM orders WHERE placed_at IS NOT NULL ORDER BY order_id
"""
# A parcel whose stock was gone when its money was had: the money stays for the one that is made anew.
_FOR_PARCELS = """
    SELECT order_id, sum(capture_minor)::bigint AS taken FROM fulfilments
    WHERE state IN ('shipped', 'delivered') OR reason LIKE 'stock_not_reserved%' GROUP BY order_id
"""
_SOLD_FROM = "SELECT DISTINCT sku FROM allocation_lots WHERE lot = $1 ORDER BY sku"
_TAKEN = """
    SELECT order_id, sum(captured_minor)::bigint AS taken FROM payments
    GROUP BY order_id HAVING sum(captured_minor) > 0 ORDER BY order_id
"""
_OURS = """
    SELECT a.processor_id, a.state,
        coalesce(sum(o.amount_minor) FILTER (WHERE o.kind = 'capture'), 0)::bigint AS captured,
        coalesce(sum(o.amount_minor) FILTER (WHERE o.kind = 'refund'), 0)::bigint AS refunded
    FROM attempts a LEFT JOIN operations o ON o.state = 'succeeded'
        AND (o.order_id, o.number, o.attempt) = (a.order_id, a.number, a.attempt)
    WHERE a.processor_id IS NOT NULL GROUP BY a.order_id, a.number, a.attempt
"""
_UNFINISHED = (
    (
        "order",
        "orders unpaid",
        "SELECT count(*) FROM orders WHERE state IN ('draft', 'pending', 'action_required', 'payment_failed')",
    ),
    ("order", "parcels under way", "SELECT count(*) FROM fulfilments WHERE state = 'shipping'"),
    ("order", "changes being confirmed", "SELECT count(*) FROM order_edits WHERE resume_at IS NOT NULL"),
    ("order", "payments asked for", "SELECT count(*) FROM order_payments WHERE resume_at IS NOT NULL"),
    ("order", "claims being settled", "SELECT count(*) FROM order_claims WHERE resume_at IS NOT NULL"),
    (
        "order",
        "receipts being booked",
        "SELECT count(*) FROM order_return_receipts WHERE resume_at IS NOT NULL",
    ),
    ("order", "refunds under way", "SELECT count(*) FROM order_refunds WHERE state = 'requested'"),
    *(
        (name, "events unconfirmed", "SELECT count(*) FROM outbox WHERE awaiting <> '{}'")
        for name in SERVICES
    ),
    *((name, "events failing", "SELECT count(*) FROM inbox WHERE state <> 'done'") for name in SERVICES),
    ("payment", "attempts open", "SELECT count(*) FROM attempts WHERE due_at IS NOT NULL"),
    ("payment", "operations open", "SELECT count(*) FROM operations WHERE due_at IS NOT NULL"),
    ("payment", "webhooks unread", "SELECT count(*) FROM webhooks WHERE state = 'received'"),
    (
        "inventory",
        "holds open",
        "SELECT count(*) FROM reservations WHERE state = 'held' AND expires_at IS NOT NULL",
    ),
    ("payment", "true webhooks parked", "SELECT count(*) FROM webhooks WHERE state = 'parked'"),
    ("payment", "payments closing", "SELECT count(*) FROM payments WHERE closing_due_at IS NOT NULL"),
)
