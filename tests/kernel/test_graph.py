"""Start-up refusals: each says what is missing and which variable would mend it; all are said at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import pytest

from tests.kernel.stand import NOTES, READERS, Noted, Place, Settings, on_noted
from tests.shop import SECRET_KEY
from tradewind.kernel.clock import Clock, SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.graph import CompositionError, Graph
from tradewind.kernel.http import PUBLIC, Route
from tradewind.kernel.service import Provides, Service, Subscription, implement
from tradewind.ports.database import Database
from tradewind.services import registry


class Lookup(Protocol):
    async def find(self, name: str) -> int: ...

    async def count(self) -> int: ...


@dataclass(frozen=True)
class ProviderDeps:
    db: Database


@dataclass(frozen=True)
class CallerDeps:
    lookup: Lookup


async def find(deps: ProviderDeps, name: str) -> int:
    return len(name)


async def count(deps: ProviderDeps) -> int:
    return 7


def service(name: str, **said: Any) -> Service:
    said.setdefault("deps", ProviderDeps)
    return Service(name=name, settings=Settings, migrations="tests.kernel.schemas.notes", **said)


PROVIDER = service("provider", provides=implement(Lookup, find=find, count=count))
CALLER = service("caller", needs=(Lookup,), deps=CallerDeps)


def runtime(place: Place, services: list[Service], local: tuple[str, ...], **world: Any) -> Runtime:
    made = World({}, place.database, {}, SECRET_KEY, SystemClock(), **world)
    return Runtime(Graph.of(services), local, made)


def refusals(place: Place, services: list[Service], *local: str, **world: Any) -> list[str]:
    with pytest.raises(CompositionError) as refused:
        runtime(place, services, local, **world)
    return str(refused.value).split("\n")


def test_a_needed_service_elsewhere_must_have_an_address(place: Place) -> None:
    assert refusals(place, [PROVIDER, CALLER], "caller") == [
        "caller needs Lookup of provider, which does not run here: set TRADEWIND_PROVIDER_URL"
    ]
    runtime(place, [PROVIDER, CALLER], ("caller",), urls={"provider": ["http://127.0.0.1:1"]})
    runtime(place, [PROVIDER, CALLER], ("caller", "provider"))
    runtime(place, [PROVIDER, CALLER], ("provider",))


def test_a_contract_that_nobody_provides_is_refused(place: Place) -> None:
    assert refusals(place, [CALLER], "caller") == ["caller needs Lookup, which no service provides"]


def test_a_subscription_that_nobody_publishes_is_refused(place: Place) -> None:
    said = "readers.on_noted waits for notes.noted, which no service publishes"
    assert refusals(place, [READERS], "readers") == [said]


def test_events_for_elsewhere_need_a_bus(place: Place) -> None:
    assert refusals(place, [NOTES, READERS], "notes") == [
        "notes publishes notes.noted to services that do not run here: set TRADEWIND_NATS_URL"
    ]
    graph = Graph.of([NOTES, READERS])
    assert graph.deaf(("readers",)) == [
        "readers hears notes.noted of services that do not run here: set TRADEWIND_NATS_URL"
    ]
    assert graph.deaf(("readers", "notes")) == []


def test_a_service_that_does_not_exist_is_refused_with_those_that_do(place: Place) -> None:
    assert refusals(place, [PROVIDER], "povider") == ["there is no service povider: there are provider"]


def test_every_reason_is_said_at_once(place: Place) -> None:
    found = refusals(place, [PROVIDER, CALLER, NOTES, READERS], "caller", "notes", "nobody")
    assert [reason.split(" ")[0] for reason in found] == ["there", "caller", "notes"]


def test_deps_that_nothing_fills_are_refused_by_name(place: Place) -> None:
    @dataclass(frozen=True)
    class Deps:
        clock: Clock
        text: str

    said = refusals(place, [service("notes", deps=Deps)], "notes")
    assert said == ["notes.Deps.text: nothing provides <class 'str'>; declare it in needs"]


def test_a_contract_that_is_used_but_not_declared_as_needed_is_refused(place: Place) -> None:
    with pytest.raises(CompositionError, match=r"sly.Deps.lookup: .* declare it in needs"):
        runtime(place, [PROVIDER, service("sly", deps=CallerDeps)], ("sly", "provider"))


def test_two_routes_of_one_shape_are_refused(place: Place) -> None:
    async def handler(deps: Any, call: Any) -> None:
        return None

    one = Route("GET", "/v1/things/{thing_id}", handler, PUBLIC, "One")
    same = Route("GET", "/v1/things/{name}", handler, PUBLIC, "The same")
    with pytest.raises(ValueError, match="declared twice"):
        runtime(place, [service("one", routes=(one,)), service("other", routes=(same,))], ("one", "other"))


def test_a_route_without_a_policy_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="policy"):
        Route("GET", "/v1/things", find, summary="Nobody said who may")  # type: ignore[call-arg]


async def renamed(deps: ProviderDeps, nom: str) -> int:
    return 0


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"find": find}, r"bound \['find'\], the contract has \['count', 'find'\]"),
        ({"find": find, "count": count, "more": count}, "the contract has"),
        (
            {"find": renamed, "count": count},
            r"Lookup.find: bound to a function of \['nom'\], wants \['name'\]",
        ),
    ],
)
def test_a_contract_is_kept_in_whole_and_by_its_names(methods: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        implement(Lookup, **methods)
    assert isinstance(implement(Lookup, find=find, count=count), Provides)


async def test_a_call_for_a_contract_that_is_not_here_is_refused_as_unavailable(place: Place) -> None:
    from tradewind.kernel.http import Request

    alive = runtime(place, [PROVIDER, CALLER], ("provider",))
    with pytest.raises(Unavailable, match="contract_not_here"):
        await alive.handle(Request("POST", "/_contract/Other/find"))


def test_the_graph_tells_who_calls_and_tells_whom() -> None:
    told = Graph.of([PROVIDER, CALLER, NOTES, READERS]).describe()
    assert "caller: provides nothing, 0 routes\n  calls Lookup of provider" in told
    assert "tells notes.noted to readers.on_noted" in told
    assert "tells notes.struck to nobody yet" in told


def test_of_several_subscriptions_each_is_told() -> None:
    async def on_noted_too(deps: Any, tx: Any, event: Noted) -> None:
        return None

    both = (Subscription(Noted, on_noted), Subscription(Noted, on_noted_too))
    graph = Graph.of([NOTES, service("readers", subscriptions=both)])
    assert graph.subscribers("notes.noted") == ("readers.on_noted", "readers.on_noted_too")


def test_any_subset_of_the_platform_runs_when_it_is_told_where_the_rest_is() -> None:
    graph = Graph.of(registry.load())
    urls = {name: ["http://127.0.0.1:1"] for name in registry.NAMES}
    for size in range(1, len(registry.NAMES) + 1):
        for local in combinations(registry.NAMES, size):
            assert graph.problems(local, urls, bus=True) == []
    assert graph.problems(registry.NAMES, {}, bus=False) == []
    alone = graph.problems(("order",), {}, bus=False)
    assert len(alone) == len(graph.services["order"].needs) + 1
