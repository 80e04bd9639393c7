"""Schemathesis over the whole OpenAPI document: whatever is sent to any operation, no 5xx, an answer that the
document describes, and no acceptance of what it forbids.

The same bounded cases every time, so that a failure is found again; `make test-thorough` sends more.
They are generated first and sent then, all to one shop through its gateway: Schemathesis' own runner opens a
connection and a process for each, which takes twenty times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.promises.belongings import PERSONAL
from tests.promises.market import GUEST, Market, Person
from tests.promises.operations import DOCUMENT, OPERATIONS, Operation
from tests.thoroughness import THOROUGH

EXAMPLES = 30 if THOROUGH else 6  # an operation, as an administrator
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
Case = schemathesis.Case[Any]


def cases_of(operation: Operation, mode: GenerationMode, most: int) -> list[Case]:
    found: list[Case] = []

    @settings(
        max_examples=most,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(SCHEMA[operation.route.path][operation.route.method].as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found[:most]


def can_be_wrong(operation: Operation) -> bool:
    """Whether there is anything that the document forbids: any text is good enough for some routes."""
    return bool(
        operation.query_schemas
        or operation.body_schema is not None
        or any(name.endswith("_id") for name in operation.path_names)
    )


async def send(client: httpx.AsyncClient, case: Case, who: Person) -> httpx.Response:
    request = requests.Request(**case.as_transport_kwargs(base_url="http://shop", headers=who.headers))
    prepared = request.prepare()
    assert prepared.method is not None and prepared.url is not None
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    assert body is None or isinstance(body, bytes)
    headers = [
        (name.encode(), value.encode("latin-1") if isinstance(value, str) else value)
        for name, value in prepared.headers.items()
        if name.lower() != "content-length"
    ]
    return await client.request(prepared.method, prepared.url, headers=headers, content=body)


async def sent_without_findings(market: Market, who: Person, cases: Sequence[Case]) -> None:
    wrong = []
    for case in cases:
        answer = await send(market.edge, case, who)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            wrong += [
                f"{failure}\n{answer.request.method} {answer.request.url}" for failure in failures.exceptions
            ]
    assert not wrong, f"{len(wrong)} findings\n\n" + "\n\n".join(wrong[:5])


async def real_values(market: Market, operation: Operation, who: Person) -> dict[str, str]:
    """For the path's parameters: what there is, so that some cases get past the look for it."""
    values = {"country": "FR", "code": "courier"}
    if "warehouses" in operation.route.path:
        values["code"] = "FUZZED"  # nothing lies in it
        draft = {"code": "FUZZED", "name": "Elsewhere", "country": "FR", "active": False}
        await market.edge.post("/v1/warehouses", json=draft, headers=who.headers)
    if set(operation.path_names) & {"product_id", "sku"}:
        product = await market.product()
        values |= {"product_id": product["product_id"], "sku": product["sku"]}
    for name in operation.path_names:
        if name in PERSONAL:
            owner = await market.person() if name == "account_id" else who
            values[name], _, sku = (await PERSONAL[name](market, owner)).partition(" ")
            values |= {"sku": sku} if sku else {}
    return values


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
async def test_an_administrators_nonsense_is_never_our_error(market: Market, operation: Operation) -> None:
    """Half of the good cases are about what exists. An account of its own each time: some end theirs."""
    who = await market.person("administrator") if operation.service == "user" else market.admin
    good = cases_of(operation, GenerationMode.POSITIVE, EXAMPLES * 2 // 5)
    values = await real_values(market, operation, who)
    for case in good[::2]:
        case.path_parameters.update({k: v for k, v in values.items() if k in operation.path_names})
    bad = EXAMPLES - len(good)
    wrong = cases_of(operation, GenerationMode.NEGATIVE, bad) if can_be_wrong(operation) else []
    await sent_without_findings(market, who, [*wrong, *good])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
async def test_a_strangers_nonsense_is_never_our_error(market: Market, operation: Operation) -> None:
    """A customer where an account is asked for, a guest elsewhere."""
    who = await market.person() if operation.policy["name"] == "account" else GUEST
    most = max(1, EXAMPLES // 8)
    wrong = cases_of(operation, GenerationMode.NEGATIVE, most) if can_be_wrong(operation) else []
    await sent_without_findings(market, who, [*wrong, *cases_of(operation, GenerationMode.POSITIVE, most)])
