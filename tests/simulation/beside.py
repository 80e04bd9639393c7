"""What a process does beside its requests: events, jobs, and the webhooks that come to it. And how all is driven
to its end once nothing goes wrong any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.simulation.scene import Scene
from tests.simulation.shop import Member
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.events import Envelope
from tradewind.kernel.identity import GUEST
from tradewind.ports.database import DatabaseUnavailable

Work = Callable[[Scene, Member], Awaitable[None]]


async def work_beside(scene: Scene, member: Member) -> None:
    """What a process does beside its requests: events, jobs; and the webhooks that come to it."""
    strand = scene.schedule.here()
    works = background(member)
    while True:
        strand.idle = True
        await scene.schedule.turn("idle")
        strand.idle = False
        await do(scene, member, scene.rng.choice(works))


async def do(scene: Scene, member: Member, work: Work) -> None:
    try:
        await work(scene, member)
    except (DatabaseUnavailable, Unavailable) as error:
        scene.schedule.happened(f"postponed: {type(error).__name__}")


def background(member: Member) -> list[Work]:
    works: list[Work] = [send_webhooks, send_webhooks]
    for name, alive in sorted(member.runtime.running.items()):
        works += [_pump(name), _carry(name)]
        works += [_job(name, job.run) for job in alive.service.jobs if job.every_seconds < 3600]
    return works


def _pump(service: str) -> Work:
    async def pump(scene: Scene, member: Member) -> None:
        while await member.runtime.running[service].relay.pump():
            continue

    return pump


def _job(service: str, run: Callable[[Any], Awaitable[object]]) -> Work:
    async def job(scene: Scene, member: Member) -> None:
        await run(member.deps(service))

    return job


def _carry(service: str) -> Work:
    """Events as a bad bus brings them: out of order, twice, and now and then not confirmed."""

    async def carry(scene: Scene, member: Member) -> None:
        alive, rng = member.runtime.running[service], scene.rng
        claimed = await alive.outbox.claim(alive.database, 100)
        rng.shuffle(claimed)
        for envelope, awaiting in claimed:
            done = await _handed_over(member, envelope, awaiting)
            if rng.random() < 0.1:
                await _handed_over(member, envelope, awaiting)
            if rng.random() < 0.9:
                await alive.outbox.confirm(alive.database, [envelope.id], done)

    return carry


async def _handed_over(member: Member, envelope: Envelope, awaiting: list[str]) -> list[str]:
    done = []
    for subscriber in awaiting:
        inbox = member.runtime.running[subscriber.partition(".")[0]].inbox
        if await inbox.receive(envelope, subscriber):
            done.append(subscriber)
    return done


async def send_webhooks(scene: Scene, member: Member) -> None:
    due = scene.bank.due_webhooks()
    scene.rng.shuffle(due)
    for id_, headers, body in due:
        for _ in range(2 if scene.rng.random() < 0.1 else 1):
            answer = await member.answer("POST", "/v1/webhooks/sandbox", body, GUEST, None, headers)
        scene.bank.webhook_sent(id_, accepted=answer.status < 300)


async def settle(scene: Scene, member: Member, at_rest: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """All is well again: everything is driven on until nothing is left to do. Answers what still is."""
    left: list[str] = ["not looked yet"]
    for seconds in (0, 3, 10, 30, 70, 120, 320, 2000, 10, 70, 320, 2000, 10, 70, 320, 700, 700, 700):
        await scene.schedule.sleep(seconds)
        for name, alive in sorted(member.runtime.running.items()):
            await do(scene, member, _pump(name))
            for job in alive.service.jobs:
                await do(scene, member, _job(name, job.run))
        await do(scene, member, send_webhooks)
        left = await at_rest()
        if not left:
            return []
    return left
