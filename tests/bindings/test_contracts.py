"""Every contract of the platform bound in process, over HTTP, and over HTTP with every call sent twice.

A new contract, or a new method of one, fails here until it has a scenario in cases.py.
"""

from __future__ import annotations

import msgspec
import pytest

from tests.bindings.cases import CASES
from tests.bindings.ways import WAYS, bound
from tests.promises.market import Market
from tradewind.kernel.service import contract_methods
from tradewind.kernel.upstream import Upstream
from tradewind.kernel.wire import methods
from tradewind.services import registry

CONTRACTS = {
    service.provides.contract.__name__: service.provides.contract
    for service in registry.load()
    if service.provides is not None
}
METHODS = {
    f"{name}.{method}": contract
    for name, contract in CONTRACTS.items()
    for method in contract_methods(contract)
}


def test_every_method_of_every_contract_has_a_scenario() -> None:
    missing = set(METHODS) - set(CASES)
    assert not missing, f"write a scenario in cases.py for {', '.join(sorted(missing))}"
    assert not set(CASES) - set(METHODS)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", sorted(METHODS))
async def test_a_method_answers_and_does_the_same_in_every_way(
    market: Market, upstream: Upstream, name: str, way: str
) -> None:
    await CASES[name](bound(way, METHODS[name], market, upstream), market)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_outcomes_of_a_union_can_be_told_apart_on_the_wire(name: str) -> None:
    """Each is a struct with a tag of its own: msgspec refuses to decode anything less."""
    method = methods(METHODS[name])[name.partition(".")[2]]
    msgspec.json.Decoder(method.result)
    info = msgspec.inspect.type_info(method.result)
    if isinstance(info, msgspec.inspect.UnionType):
        tags = [one.tag for one in info.types if isinstance(one, msgspec.inspect.StructType)]
        assert len(tags) == len(info.types), "an outcome that is no struct"
        assert None not in tags and len(set(tags)) == len(tags)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_contract_promises_its_methods_in_words(name: str) -> None:
    undocumented = [
        method
        for method, function in contract_methods(CONTRACTS[name]).items()
        if not function.__doc__ and len(methods(CONTRACTS[name])[method].arguments.__struct_fields__) > 1
    ]
    assert not undocumented
