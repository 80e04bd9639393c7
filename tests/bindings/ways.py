"""The ways in which a contract is reached. What is asked and answered must not depend on which it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import msgspec

from tests.promises.market import Market
from tradewind.kernel.errors import Refusal
from tradewind.kernel.identity import InternalTokens
from tradewind.kernel.upstream import Upstream
from tradewind.kernel.wire import Method, bind_in_process, bind_over_http, methods

Call = Callable[..., Awaitable[Any]]
WAYS = ("in process", "over HTTP", "over HTTP, every call sent twice")


def bound(way: str, contract: type, market: Market, upstream: Upstream) -> Any:
    """The contract's methods, bound in this way to the market's services."""
    described = methods(contract)
    over_http = bind_over_http(contract, upstream, InternalTokens(market.shop.runtime.world.secret_key))
    if way == "in process":
        alive = market.shop.runtime.running[owner_of(contract, market)]
        assert alive.service.provides is not None
        calls = bind_in_process(alive.service.provides, alive.deps)
        return _named({name: _as_if_sent(call, described[name]) for name, call in calls.items()})
    if way == "over HTTP":
        return _named(over_http)
    return _named({name: _twice(call) for name, call in over_http.items()})


def owner_of(contract: type, market: Market) -> str:
    owner = market.shop.runtime.graph.owner(contract)
    assert owner is not None
    return owner


def _named(calls: dict[str, Call]) -> Any:
    return SimpleNamespace(**calls)


def _as_if_sent(call: Call, method: Method) -> Call:
    """What is handed over in process is what would have arrived over the wire."""

    async def checked(*args: Any, **kwargs: Any) -> Any:
        arguments = method.arguments(*args, **kwargs)
        assert msgspec.json.decode(msgspec.json.encode(arguments), type=method.arguments) == arguments
        result = await call(*args, **kwargs)
        arrived = msgspec.json.decode(msgspec.json.encode(result), type=method.result)
        assert arrived == result, f"{method.name} answers what the wire changes: {result!r}, {arrived!r}"
        return result

    return checked


def _twice(call: Call) -> Call:
    """The second time the outcome is the same, whether it is answered or refused."""

    async def repeated(*args: Any, **kwargs: Any) -> Any:
        first, second = await _outcome(call, args, kwargs), await _outcome(call, args, kwargs)
        assert _told(first) == _told(second), f"sent twice: {first!r}, then {second!r}"
        if isinstance(first, Refusal):
            raise first
        return first

    return repeated


async def _outcome(call: Call, args: Any, kwargs: Any) -> Any:
    try:
        return await call(*args, **kwargs)
    except Refusal as refusal:
        return refusal


def _told(outcome: Any) -> Any:
    if isinstance(outcome, Refusal):
        return type(outcome), outcome.code, outcome.message, outcome.field, outcome.details
    return outcome
