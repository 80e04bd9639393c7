"""A recorded request, done again with values of its own: compiled once, filled in for each request.

Ids, keys and SKUs of the recording are replaced wherever they stand, also inside texts and JSON; times
move on by as much as now is later. Everything else is as it was recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bench.recording import Authorise, Begin, Commit, Statement, Tape

Fill = Callable[[Mapping[str, str], datetime], Any]


class Template:
    """Compiles recorded values. `named` maps a recorded text (an id, a SKU) to the name of its replacement;
    `started_at` is when the recording began."""

    def __init__(self, named: Mapping[str, str], started_at: datetime) -> None:
        self._named, self._started_at = dict(named), started_at
        longest_first = sorted(named, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        self._binary = re.compile(self._pattern.pattern.encode())

    def fill(self, value: Any) -> Fill:
        if isinstance(value, UUID):
            name = self._named.get(str(value))
            return _constant(value) if name is None else lambda values, now: UUID(values[name])
        if isinstance(value, datetime):
            offset = value - self._started_at
            return lambda values, now: now + offset
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bytes):
            return self._bytes(value)
        if isinstance(value, list | tuple):
            parts = [self.fill(part) for part in value]
            return lambda values, now: [part(values, now) for part in parts]
        if is_dataclass(value) and not isinstance(value, type):
            kind, parts = type(value), [self.fill(getattr(value, part.name)) for part in fields(value)]
            return lambda values, now: kind(*[part(values, now) for part in parts])
        return _constant(value)

    def _text(self, value: str) -> Fill:
        if not self._pattern.search(value):
            return _constant(value)
        form = self._pattern.sub(self._place, value.replace("%", "%%"))
        return lambda values, now: form % values

    def _bytes(self, value: bytes) -> Fill:
        """JSON is text; what is sealed is no text, and holds nothing to replace."""
        if not self._binary.search(value):
            return _constant(value)
        text = self._text(value.decode())
        return lambda values, now: text(values, now).encode()

    def _place(self, found: re.Match[str]) -> str:
        return f"%({self._named[found[0]]})s"


def _constant(value: Any) -> Fill:
    return lambda values, now: value


class Replay:
    """`run` does all steps of the tape in order, over `pools` by service and `authorise` for the processor.

    `names` maps recorded texts to names; each id that the shop made gets one as well, and a fresh value by
    `new_id` in each run. The processor's own id of the authorisation is the name `processor_id`.
    """

    def __init__(
        self,
        tape: Tape,
        names: Mapping[str, str],
        pools: Mapping[str, Any],
        authorise: Callable[..., Any],
        new_id: Callable[[], UUID],
    ) -> None:
        assert tape.started_at is not None, "a recording has a time"
        named = dict(names) | {str(made): f"id{number}" for number, made in enumerate(tape.ids)}
        named |= {step.processor_id: "processor_id" for step in tape.steps if isinstance(step, Authorise)}
        self._template = Template(named, tape.started_at)
        self._pools, self._authorise, self._new_id = pools, authorise, new_id
        self._ids = [f"id{number}" for number in range(len(tape.ids))]
        self._steps = [self._compiled(step) for step in tape.steps]

    async def run(self, values: dict[str, str]) -> None:
        """`values` by name; those that each run makes by itself are added."""
        now = datetime.now(UTC)
        for name in self._ids:
            values[name] = str(self._new_id())
        held: list[Any] = []  # the connection and the transaction under way
        for step in self._steps:
            await step(held, values, now)

    def _compiled(self, step: Any) -> Callable[[list[Any], dict[str, str], datetime], Any]:
        match step:
            case Begin(service):
                return self._begin(self._pools[service])
            case Commit(service):
                return self._commit(self._pools[service])
            case Authorise(keywords):
                return self._authorisation(keywords)
            case Statement():
                return self._statement(step)
        raise AssertionError(f"not a step: {step}")

    def _begin(self, pool: Any) -> Callable[..., Any]:
        async def begin(held: list[Any], values: dict[str, str], now: datetime) -> None:
            connection = await pool.acquire()
            transaction = connection.transaction()
            await transaction.start()
            held[:] = connection, transaction

        return begin

    def _commit(self, pool: Any) -> Callable[..., Any]:
        async def commit(held: list[Any], values: dict[str, str], now: datetime) -> None:
            connection, transaction = held
            await transaction.commit()
            await pool.release(connection)
            held.clear()

        return commit

    def _authorisation(self, keywords: Mapping[str, Any]) -> Callable[..., Any]:
        fills = {name: self._template.fill(value) for name, value in keywords.items()}

        async def authorisation(held: list[Any], values: dict[str, str], now: datetime) -> None:
            outcome = await self._authorise(**{name: fill(values, now) for name, fill in fills.items()})
            values["processor_id"] = outcome.processor_id

        return authorisation

    def _statement(self, step: Statement) -> Callable[..., Any]:
        fills = [self._template.fill(value) for value in step.arguments]
        sql, method, pool = step.sql, DRIVER_METHODS[step.method], self._pools[step.service]

        if step.in_transaction:

            async def within(held: list[Any], values: dict[str, str], now: datetime) -> None:
                await getattr(held[0], method)(sql, *[fill(values, now) for fill in fills])

            return within
        run = getattr(pool, method)

        async def alone(held: list[Any], values: dict[str, str], now: datetime) -> None:
            await run(sql, *[fill(values, now) for fill in fills])

        return alone


# The port's methods, and the driver's that they are.
DRIVER_METHODS = {"fetch": "fetch", "row": "fetchrow", "value": "fetchval", "execute": "execute"}


def named(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """(name, recorded text) as Replay wants them; a text may have one name only."""
    names: dict[str, str] = {}
    for name, text in texts:
        assert names.setdefault(text, name) == name, f"{text} is both {names[text]} and {name}"
    return names
