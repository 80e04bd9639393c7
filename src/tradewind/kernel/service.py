"""What a service says of itself: one `SERVICE = Service(...)` in its `service.py`, read first."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewind.kernel.envelope import SealedColumn
from tradewind.kernel.events import Event
from tradewind.kernel.http import Route

EventHandler = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Subscription:
    """`handler(deps, tx, event)` runs once an event: its writes commit together with the inbox row."""

    event: type[Event]
    handler: EventHandler

    def subscriber(self, service: str) -> str:
        return f"{service}.{self.handler.__name__}"


@dataclass(frozen=True)
class Job:
    """`run(deps)` every so many seconds, in one process at a time. It must be safe to repeat."""

    run: Callable[[Any], Awaitable[object]]
    every_seconds: float

    @property
    def name(self) -> str:
        return self.run.__name__


@dataclass(frozen=True)
class Provides:
    """A contract and, by method name, the function of this service that keeps it."""

    contract: type
    methods: Mapping[str, Callable[..., Awaitable[Any]]]


def implement(contract: type, **methods: Callable[..., Awaitable[Any]]) -> Provides:
    """Bind each method of `contract` to a function that takes `deps` and then the method's parameters.

    Raises TypeError when one is missing, unknown, or named differently: composition never finds out late.
    """
    wanted = contract_methods(contract)
    if set(wanted) != set(methods):
        raise TypeError(f"{contract.__name__}: bound {sorted(methods)}, the contract has {sorted(wanted)}")
    for name, function in methods.items():
        ours = list(inspect.signature(function).parameters)[1:]
        theirs = list(inspect.signature(wanted[name]).parameters)[1:]
        if ours != theirs:
            raise TypeError(f"{contract.__name__}.{name}: bound to a function of {ours}, wants {theirs}")
    return Provides(contract, methods)


def contract_methods(contract: type) -> dict[str, Callable[..., Any]]:
    return {
        n: f for n, f in vars(contract).items() if inspect.iscoroutinefunction(f) and not n.startswith("_")
    }


@dataclass(frozen=True)
class Service:
    name: str
    settings: type
    deps: type  # a frozen dataclass; its annotations say what composition hands it
    migrations: str  # the package that holds the SQL files
    routes: tuple[Route, ...] = ()
    needs: tuple[type, ...] = ()  # contracts of others
    provides: Provides | None = None
    publishes: tuple[type[Event], ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    jobs: tuple[Job, ...] = ()
    sealed: tuple[SealedColumn, ...] = ()  # where Deps' Vault keeps what it seals
    health: Callable[[Any], Awaitable[None]] | None = None  # raises what is wrong, beyond the database
    claim: Callable[[Any], Awaitable[None]] | None = (
        None  # before serving: raises a Refusal where another process holds what only one may
    )
    background: tuple[Callable[[Any], Coroutine[Any, Any, None]], ...] = field(
        default=()
    )  # run until cancelled

    def elsewhere(self) -> Service:
        """What others know of it, for a graph in which it runs nowhere and hears nothing."""
        return Service(self.name, object, object, "", provides=self.provides, publishes=self.publishes)
