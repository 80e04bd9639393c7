"""Which route answers: a literal before a parameter, and never one of another shape."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.kernel.errors import MethodNotAllowed, NotFound
from tradewind.kernel.routing import RouteTable

TABLE: RouteTable[str] = RouteTable()
for method, path in (
    ("GET", "/v1/orders"),
    ("POST", "/v1/orders"),
    ("GET", "/v1/orders/{order_id}"),
    ("POST", "/v1/orders/lookup"),
    ("GET", "/v1/orders/{order_id}/lines/{sku}"),
    ("DELETE", "/v1/orders/{order_id}/lines/all"),
    ("GET", "/v1/orders/latest/notes"),
    ("GET", "/"),
):
    TABLE.add(method, path, f"{method} {path}")


@pytest.mark.parametrize(
    ("method", "path", "target", "parameters"),
    [
        ("GET", "/v1/orders", "GET /v1/orders", {}),
        ("HEAD", "/v1/orders", "GET /v1/orders", {}),
        ("GET", "/v1/orders/7", "GET /v1/orders/{order_id}", {"order_id": "7"}),
        ("POST", "/v1/orders/lookup", "POST /v1/orders/lookup", {}),
        ("GET", "/v1/orders/latest/notes", "GET /v1/orders/latest/notes", {}),
        (  # the literal way ends blind: the parameter is tried
            "GET",
            "/v1/orders/latest/lines/x",
            "GET /v1/orders/{order_id}/lines/{sku}",
            {"order_id": "latest", "sku": "x"},
        ),
        ("DELETE", "/v1/orders/7/lines/all", "DELETE /v1/orders/{order_id}/lines/all", {"order_id": "7"}),
        ("GET", "/", "GET /", {}),
    ],
)
def test_matches(method: str, path: str, target: str, parameters: dict[str, str]) -> None:
    assert TABLE.match(method, path) == (target, parameters)


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/orders/7/lines",
        "/v2/orders",
        "/v1/orders//lines/x",
        "/v1/orders/7/lines/x/more",
        "/v1//orders",
        "/v1/orders/",
        "/v1/orders//",
        "//v1/orders",
    ],
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    with pytest.raises(NotFound, match="route_not_found"):
        TABLE.match("GET", path)


def test_another_method_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        TABLE.match("DELETE", "/v1/orders")
    assert refused.value.details == {"allow": ["GET", "POST"]}


def test_a_method_that_only_a_parameters_route_has_is_found_there_too() -> None:
    """Where a literal path lacks the method, the parameter's path of the same length may have it."""
    table: RouteTable[str] = RouteTable()
    table.add("POST", "/v1/orders/lookup", "look up")
    table.add("GET", "/v1/orders/{order_id}", "read")
    assert table.match("POST", "/v1/orders/lookup")[0] == "look up"
    with pytest.raises(MethodNotAllowed):
        table.match("GET", "/v1/orders/lookup")


def test_one_shape_is_taken_once_whatever_its_parameters_are_called() -> None:
    table: RouteTable[str] = RouteTable()
    table.add("GET", "/v1/things/{thing_id}", "one")
    table.add("PUT", "/v1/things/{name}", "other method")
    assert table.match("PUT", "/v1/things/x") == ("other method", {"name": "x"})
    with pytest.raises(ValueError, match="declared twice"):
        table.add("GET", "/v1/things/{name}", "another")


SEGMENT = st.sampled_from(["a", "b", "{x}", "{y}"])
PATHS = st.lists(st.lists(SEGMENT, min_size=1, max_size=4).map(tuple), min_size=1, max_size=12, unique=True)
ASKED = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4)


@given(PATHS, ASKED)
def test_the_tree_finds_what_trying_every_route_would(paths: list[tuple[str, ...]], asked: list[str]) -> None:
    """Of those that fit, the one whose first differing segment is a literal."""
    table: RouteTable[tuple[str, ...]] = RouteTable()
    shapes = {tuple("{}" if s.startswith("{") else s for s in path): path for path in paths}
    for path in shapes.values():
        table.add("GET", "/" + "/".join(path), path)
    pattern = {
        path: re.compile("/".join("[^/]+" if s.startswith("{") else s for s in path))
        for path in shapes.values()
    }
    fitting = [path for path in shapes.values() if pattern[path].fullmatch("/".join(asked))]
    if not fitting:
        with pytest.raises(NotFound):
            table.match("GET", "/" + "/".join(asked))
        return
    found, _ = table.match("GET", "/" + "/".join(asked))
    assert found == min(fitting, key=lambda path: [segment.startswith("{") for segment in path])
