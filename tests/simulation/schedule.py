"""Who goes on: one strand of work at a time, chosen by a seed.

Everything that runs in a world reaches, before each statement, commit, outside call and timer, a `turn`, and
waits there until it is chosen. Nothing else runs meanwhile, so that a seed decides every interleaving; and a
choice may be that a strand is delayed, that what it does is lost, or that its process dies on the spot.

Statements that wait for a row's lock really wait in PostgreSQL. Whether one waits is asked of the server, not
guessed from a time-out: who holds the lock stands still at a turn, so the answer does not change by itself.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")

LOOK_SECONDS = 0.002  # a statement that takes longer may be waiting for a lock: it is looked up
ANSWER_SECONDS = 1.0  # the server answers much sooner who waits for whom, if it does
STUCK_SECONDS = 5.0
HANGS_SECONDS = 120.0
GRID_MS = (5, 50, 500, 2_000, 10_000, 60_000)  # a delay is one of these
LOST, ANSWER_LOST, TWICE, LATE = "lost", "answer lost", "twice", "late"

_here: ContextVar[Strand | None] = ContextVar("strand", default=None)
_sleep = asyncio.sleep


class Stuck(Exception):
    """Nothing can go on: everybody waits for somebody else."""


class Gone(Exception):
    """Whoever was to answer died, or the answer was given up on."""


class _Selector(selectors.DefaultSelector):
    """Hears of the outside when nothing else is left to do: to ask at each round is most of what a seed costs."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return [] if timeout == 0 else super().select(timeout)


class Loop(asyncio.SelectorEventLoop):
    """Tells when nothing is left to do but to wait for the outside."""

    def __init__(self) -> None:
        super().__init__(_Selector())

    def is_idle(self) -> bool:
        return not self._ready  # type: ignore[attr-defined]

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:
        """What a dead process left half done is not cleaned up: asyncio would."""


@dataclass(eq=False)
class Process:
    """What dies as a whole. None of its strands runs again, not even to clean up."""

    name: str
    on_death: Callable[[], None] = lambda: None


@dataclass(eq=False)
class Strand:
    """One thread of control, as the scheduler sees it."""

    number: int
    name: str
    process: Process | None  # None: somebody outside, who does not die
    label: str = ""
    kinds: Sequence[str] = ()
    turn: asyncio.Future[str] | None = None
    wake_at_ms: int | None = None
    awaits: Strand | None = None
    patient: bool = True  # while it waits for another strand: whether it may give up
    awaited_by: list[Strand] = field(default_factory=list)
    exposed: float = (
        1.0  # how much more what it does next is at risk: a call to the outside goes a longer way
    )
    idle: bool = False  # a daemon between its rounds: chosen less often
    finished: bool = False
    dead: bool = False
    work: Coroutine[Any, Any, Any] | None = None  # until it begins


@dataclass(eq=False)
class Operation:
    """A statement under way on the server process `pid`."""

    pid: int
    waited: bool = False  # for a lock
    stopped: bool = False

    def stop(self) -> None:
        self.waited = self.stopped = True
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        if self.stopped:
            self.stopped = False
            os.kill(self.pid, signal.SIGCONT)


@dataclass(frozen=True)
class Temper:
    """How rough a world is, drawn from its seed. Chances are per turn."""

    keep_on: float  # the one who went on last goes on
    fault: float
    delay: float
    crash: float
    most_crashes: int
    time: float  # time passes instead


def temper(rng: Random) -> Temper:
    return Temper(
        keep_on=rng.choice((0.0, 0.0, 0.5, 0.8, 0.95)),
        fault=rng.choice((0.0, 0.005, 0.02, 0.06)),
        delay=rng.choice((0.0, 0.01, 0.05)),
        crash=rng.choice((0.0, 0.004, 0.015)),
        most_crashes=rng.choice((1, 2, 4)),
        time=rng.choice((0.001, 0.01, 0.05)),
    )


CALM = Temper(keep_on=0.9, fault=0.0, delay=0.0, crash=0.0, most_crashes=0, time=0.0)


class Schedule:
    """One world's turns. `monitor` is a connection to the server that no strand uses."""

    def __init__(self, seed: int, loop: Loop, monitor: asyncpg.Connection[Any]) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.temper = CALM
        self.now_ms = 0
        self.steps = 0
        self.trace: list[str] = []
        self.wrong: list[str] = []  # what must not happen at all: bugs, deadlocks
        self.crashes = 0
        self.ids = 0
        self.end_connections: Callable[[Process], Awaitable[None]] | None = None
        self.processes: list[Process] = []
        self._loop, self._monitor = loop, monitor
        self._strands: list[Strand] = []
        self._begun: list[Strand] = []
        self._tasks: dict[asyncio.Task[Any], Strand] = {}
        self._graves: list[asyncio.Task[Any]] = []
        self._under_way: list[Operation] = []
        self._moved = loop.create_future()
        self._last: Strand | None = None
        self._count = 0

    # What strands call

    async def turn(self, label: str, kinds: Sequence[str] = (), exposed: float = 1.0) -> str:
        """Wait to be chosen. Answers what goes wrong with what is done next: one of `kinds`, or nothing."""
        strand = self._mine()
        strand.label, strand.kinds, strand.exposed = label, kinds, exposed
        strand.turn = self._loop.create_future()
        return await strand.turn

    async def sleep(self, seconds: float) -> None:
        strand = self._mine()
        strand.wake_at_ms = self.now_ms + max(1, int(seconds * 1000))
        await self.turn("sleep")

    async def operate(self, pid: int, work: Coroutine[Any, Any, T], *, looked_at: bool = True) -> T:
        """Have `work` done by the server process `pid`. Who had to wait for a lock goes on when chosen again."""
        strand = self._mine()
        operation, outcome = Operation(pid), self._loop.create_future()
        self._under_way.append(operation)

        def done(task: asyncio.Task[T]) -> None:
            self._under_way.remove(operation)
            if not self._moved.done():
                self._moved.set_result(True)
            error = task.exception()
            if isinstance(error, asyncpg.DeadlockDetectedError):
                self.wrong.append(f"deadlock: {strand.name} at {strand.label}")
            if not strand.dead and not outcome.done():
                outcome.set_result(task)

        asyncio.ensure_future(work).add_done_callback(done)
        finished: asyncio.Task[T] = await outcome
        if operation.waited:
            await self.turn("woken")
        return finished.result()

    async def wait_for(self, strand: Strand, label: str, *, patient: bool = False) -> None:
        """Until it has finished. Raises Gone when it died, or (unless `patient`) when this one gave up."""
        mine = self._mine()
        if not strand.finished and not strand.dead:
            mine.awaits, mine.patient = strand, patient
            strand.awaited_by.append(mine)
        given_up = await self.turn(label)
        mine.awaits = None
        if strand.dead or given_up:
            raise Gone(label)

    def start(self, name: str, process: Process | None, work: Coroutine[Any, Any, Any]) -> Strand:
        """A new strand, which begins when it is chosen."""
        strand = self._new(name, process)
        strand.work = work
        self._begun.append(strand)

        async def live() -> None:
            _here.set(strand)
            try:
                await self.turn("begin")
                strand.work = None
                await work
            except Exception as error:  # noqa: BLE001 - a bug of what is simulated: told with its seed
                self.wrong.append(f"{name}: {type(error).__name__}: {error}")
            self._finish(strand)

        task = self._loop.create_task(live())
        self._tasks[task] = strand
        return strand

    def happened(self, what: str) -> None:
        self.trace.append(what)

    # What the world calls

    async def run(self, until: Callable[[], bool] = lambda: False, most_steps: int = 20_000) -> None:
        """Choose until `until`, or until nobody is left."""
        last = self.steps + most_steps
        while True:
            await self._settle()
            if until() or not self._alive():
                return
            if self.steps >= last:
                raise Stuck(f"no end after {most_steps} steps")
            await self._choose()

    def bury(self) -> None:
        """The world is over: what is left of it is let go of without running."""
        for task, strand in self._tasks.items():
            if not task.done():
                strand.dead = True
                self._graves.append(task)
        for task in self._graves:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        for strand in self._begun:
            if strand.work is not None:
                strand.work.close()
        # Now, not when the next world runs: what they still do at their end is in vain.
        for task in self._graves:
            task.get_coro().close()
            asyncio._unregister_task(task)
        self._tasks.clear()

    def stories_left(self) -> bool:
        return any(not s.idle and not s.finished for s in self._alive())

    def _alive(self) -> list[Strand]:
        return [s for s in self._strands if not s.finished and not s.dead]

    def here(self) -> Strand:
        """The strand of whoever calls."""
        return self._mine()

    def dismiss(self, strand: Strand) -> None:
        """It is not needed any more, and never runs again."""
        strand.dead, strand.turn = True, None
        self._strands = [s for s in self._strands if s is not strand]

    def process_here(self) -> Process | None:
        return self._mine().process

    def _mine(self) -> Strand:
        """The strand of the task that calls: one that it made gets a strand of its own, in the same process."""
        task = asyncio.current_task()
        assert task is not None
        strand = self._tasks.get(task)
        if strand is None:
            parent = _here.get()
            assert parent is not None, "only what runs in the world takes turns"
            strand = self._new(f"{parent.name}+", parent.process)
            strand.dead = parent.dead
            self._tasks[task] = strand
            task.add_done_callback(lambda _: self._finish(strand))
        return strand

    def _new(self, name: str, process: Process | None) -> Strand:
        self._count += 1
        strand = Strand(self._count, name, process)
        self._strands.append(strand)
        return strand

    def _finish(self, strand: Strand) -> None:
        strand.finished = True
        self._strands = [s for s in self._strands if s is not strand]

    async def _choose(self) -> None:
        ready = [s for s in self._alive() if self._may_go(s)]
        later = [s for s in self._alive() if s.turn is not None and s.wake_at_ms is not None]
        if not ready and not later:
            if self._under_way:
                moved = await self._until_moved(STUCK_SECONDS)
                if not moved and all(operation.stopped for operation in self._under_way):
                    await self._end_deadlock()
                return
            raise Stuck(", ".join(f"{s.name} at {s.label}" for s in self._alive()))
        self.steps += 1
        if later and (not ready or self._time_passes(ready)):
            self._let_time_pass(min(s.wake_at_ms for s in later if s.wake_at_ms is not None))
            return
        if self.crashes < self.temper.most_crashes and self.rng.random() < self.temper.crash:
            await self._crash(self.rng.choice(self.processes))
            return
        strand = self._pick(ready)
        if self.rng.random() < self.temper.delay and strand.process is not None:
            strand.wake_at_ms = self.now_ms + self.rng.choice(GRID_MS)
            self.happened(f"{strand.name} is delayed at {strand.label}")
            return
        self._go(strand)

    async def _end_deadlock(self) -> None:
        """As it ends outside a world: the server refuses one of those who wait for one another."""
        names = ", ".join(strand.name for strand in self._alive() if strand.turn is None)
        self.wrong.append(f"deadlock: each waits for a lock of another: {names}")
        for operation in self._under_way:
            operation.go_on()
        await self._until_moved(STUCK_SECONDS)

    def _time_passes(self, ready: list[Strand]) -> bool:
        """Where only daemons could go on, they do not have the night to themselves."""
        only_idle = all(s.idle for s in ready)
        return self.rng.random() < (0.5 if only_idle else self.temper.time)

    def _may_go(self, strand: Strand) -> bool:
        if strand.turn is None or strand.wake_at_ms is not None:
            return False
        awaited = strand.awaits
        if awaited is None or awaited.finished or awaited.dead:
            return True
        return not strand.patient and self.temper.fault > 0 and self.rng.random() < 0.002

    def _pick(self, ready: list[Strand]) -> Strand:
        if self._last in ready and self.rng.random() < self.temper.keep_on:
            assert self._last is not None
            return self._last
        busy = [s for s in ready if not s.idle]
        if busy and self.rng.random() < 0.9:
            return self.rng.choice(busy)
        return self.rng.choice(ready)

    def _go(self, strand: Strand) -> None:
        turn, awaited = strand.turn, strand.awaits
        assert turn is not None
        wrong = ""
        if awaited is not None and not awaited.finished and not awaited.dead:
            wrong = "gave up"
        elif strand.kinds and self.rng.random() < self.temper.fault * strand.exposed:
            wrong = self.rng.choice(strand.kinds)
        self.now_ms += 1
        self.happened(f"{strand.number} {strand.name}: {strand.label}{' - ' + wrong if wrong else ''}")
        strand.turn, self._last = None, strand
        turn.set_result(wrong)

    def _let_time_pass(self, to_ms: int) -> None:
        self.now_ms = max(self.now_ms, to_ms)
        for strand in self._alive():
            if strand.wake_at_ms is not None and strand.wake_at_ms <= self.now_ms:
                strand.wake_at_ms = None
        self.happened(f"time is {self.now_ms} ms")

    async def _crash(self, process: Process) -> None:
        self.crashes += 1
        self.happened(f"{process.name} dies")
        for strand in self._alive():
            if strand.process is process:
                strand.dead, strand.turn = True, None
        self._strands = [s for s in self._strands if not s.dead]
        for task, strand in list(self._tasks.items()):
            if strand.dead and not task.done():
                self._graves.append(task)
        if self.end_connections is not None:
            await self.end_connections(process)
        process.on_death()

    async def _settle(self) -> None:
        """Until all strands wait: for their turn, for one another, or for a lock.

        Who is woken by the release of a lock would race the others that are: each server process that waits
        is stopped, and they are let go on one at a time.
        """
        ends = self._loop.time() + HANGS_SECONDS
        while True:
            await _sleep(0)
            if self._loop.time() > ends:
                going_on = ", ".join(s.name for s in self._alive() if s.turn is None)
                raise Stuck(f"not settled after {HANGS_SECONDS:g} s: {going_on}")
            if not self._loop.is_idle():
                continue
            going = [operation for operation in self._under_way if not operation.stopped]
            if going:
                if not await self._until_moved(LOOK_SECONDS):
                    await self._stop(await self._waiting(going))
                continue
            still = await self._waiting(self._under_way) if self._under_way else []
            free = [operation for operation in self._under_way if operation not in still]
            if not free:
                return
            free[0].go_on()

    async def _stop(self, operations: Sequence[Operation]) -> None:
        """Stop those that wait for a lock, while they do: a server process that is stopped a moment later may
        hold what every other needs, the monitor too. Who was, goes on, and is looked up anew."""
        if not operations:
            return
        for operation in operations:
            operation.stop()
        look = asyncio.ensure_future(self._waiting(operations))
        await asyncio.wait([look], timeout=ANSWER_SECONDS)
        for operation in operations:
            if not look.done() or operation not in look.result():
                operation.go_on()
        await look

    async def _until_moved(self, seconds: float) -> bool:
        self._moved = moved = self._loop.create_future()
        timer = self._loop.call_later(seconds, lambda: moved.done() or moved.set_result(False))
        try:
            return await moved
        finally:
            timer.cancel()

    async def _waiting(self, operations: Sequence[Operation]) -> list[Operation]:
        """Which of them wait for a lock."""
        rows = await self._monitor.fetch(
            "SELECT pid FROM unnest($1::int[]) AS pid WHERE cardinality(pg_blocking_pids(pid)) > 0",
            [operation.pid for operation in operations],
        )
        waiting = {row["pid"] for row in rows}
        return [operation for operation in operations if operation.pid in waiting]


async def sleep_in_world(seconds: float, result: Any = None) -> Any:
    """Stands for asyncio.sleep: within a world, time is the world's."""
    strand = _here.get()
    if strand is None or _current is None:
        return await _sleep(seconds, result)
    await _current.sleep(seconds)
    return result


_current: Schedule | None = None


def enter(schedule: Schedule | None) -> None:
    """From here on, until the next, this is the world that strands live in."""
    global _current
    _current = schedule
    asyncio.sleep = _sleep if schedule is None else sleep_in_world  # type: ignore[assignment]


def current() -> Schedule:
    assert _current is not None, "no world is running"
    return _current
