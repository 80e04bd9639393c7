"""What every route says of itself: who may, what it is for, what it answers, what it may refuse."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from tests.promises.belongings import NOT_PERSONAL, PERSONAL, ids_in
from tests.promises.operations import DOCUMENT, OPERATIONS, Operation
from tradewind.contracts.user import PERMISSIONS
from tradewind.kernel.http import Policy
from tradewind.kernel.openapi import answered_status

EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)


@EVERY
def test_a_route_declares_who_may_call_it(operation: Operation) -> None:
    policy = operation.route.policy
    assert isinstance(policy, Policy)
    assert policy.name in ("public", "account", "owner", "permission")
    if policy.permission is not None:
        assert policy.permission in PERMISSIONS, "a permission that no role can hold"
        assert operation.policy["permission"] == policy.permission
    guarded = policy.signed_in or policy.permission is not None
    assert operation.policy["signed_in"] == guarded
    assert bool(operation.described["security"]) == (guarded or policy.owner)


@EVERY
def test_a_route_says_what_it_is_for(operation: Operation) -> None:
    summary = operation.described["summary"]
    assert 3 <= len(summary) <= 120, summary
    assert summary[0].isupper(), summary
    assert not summary.endswith("."), summary


@EVERY
def test_a_route_says_what_it_answers(operation: Operation) -> None:
    status = answered_status(operation.route)
    assert operation.successes == {status, *([202] if operation.route.pending else [])}
    answer = operation.described["responses"][str(status)]
    if status == 204:
        assert operation.route.answer is None
        assert "content" not in answer
    else:
        assert answer["content"], "an answer has a media type and a schema"
        assert operation.route.answer is not None or operation.route.media_type != "application/json"


@EVERY
def test_a_body_has_an_example_that_the_route_reads(operation: Operation) -> None:
    route = operation.route
    if route.body is None or route.body is bytes:
        assert route.example is None, "an example of what is not sent"
        return
    assert route.example is not None, "a body without an example"
    msgspec.json.decode(msgspec.json.encode(route.example), type=route.body)


@EVERY
def test_what_a_client_sends_has_bounds(operation: Operation) -> None:
    """Text, numbers and lists without an upper bound end as an error of the database, or of memory."""
    parts: dict[str, dict[str, Any]] = {
        f"?{name}": schema for name, schema in operation.query_schemas.items()
    }
    if operation.body_schema is not None:
        parts["body"] = operation.body_schema
    unbounded = [place for name, schema in parts.items() for place in _unbounded(schema, name, ())]
    assert not unbounded, ", ".join(unbounded)


def _unbounded(schema: dict[str, Any], place: str, seen: tuple[str, ...]) -> list[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return [] if name in seen else _unbounded(_component(name), place, (*seen, name))
    found: list[str] = []
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found += _unbounded(option, place, seen)
    if "enum" in schema or "const" in schema:
        return found
    match schema.get("type"):
        case "string":
            bounded = "maxLength" in schema or "format" in schema or _bounds_length(schema.get("pattern", ""))
            found += [] if bounded else [f"{place}: a string without maxLength"]
        case "integer":
            lower, upper = schema.get("minimum"), schema.get("maximum")
            bounded = lower is not None and upper is not None and -(2**63) <= lower <= upper < 2**63
            found += [] if bounded else [f"{place}: an integer without minimum and maximum"]
        case "array":
            found += [] if "maxItems" in schema else [f"{place}: a list without maxItems"]
            found += _unbounded(schema.get("items", {}), f"{place}[]", seen)
        case "object":
            for name, part in schema.get("properties", {}).items():
                found += _unbounded(part, f"{place}.{name}", seen)
            extra = schema.get("additionalProperties")
            if isinstance(extra, dict):
                found += [] if "maxProperties" in schema else [f"{place}: a map without maxProperties"]
                found += _unbounded(extra, f"{place}.*", seen)
    return found


def _component(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = DOCUMENT["components"]["schemas"][name]
    return schema


def _bounds_length(pattern: str) -> bool:
    return bool(pattern) and not re.search(r"[*+]|,\}", pattern)


@EVERY
def test_a_refusal_has_a_status_and_a_code_of_its_own_words(operation: Operation) -> None:
    for _, code in operation.route.errors:
        assert re.fullmatch("[a-z][a-z0-9_]*", code), code
    for status, response in operation.described["responses"].items():
        if status.startswith(("4", "5")):
            assert operation.codes(int(status)), f"{status} without codes: {response}"


@EVERY
def test_a_body_refuses_fields_that_it_does_not_know(operation: Operation) -> None:
    schema = operation.body_schema
    if schema is not None:
        assert schema.get("additionalProperties") is False


@EVERY
def test_it_is_known_whose_every_id_is(operation: Operation) -> None:
    unsaid = ids_in(operation) - set(PERSONAL) - set(NOT_PERSONAL)
    assert not unsaid, f"say in PERSONAL or NOT_PERSONAL whose {', '.join(unsaid)} is"


def test_ids_of_operations_are_unique() -> None:
    ids = [operation.id for operation in OPERATIONS]
    assert len(set(ids)) == len(ids)
