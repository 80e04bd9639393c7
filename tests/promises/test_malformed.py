"""Whatever is sent to any route: no 5xx, and an answer of the documented shape."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.stage import Stage
from tradewind.contracts.user import PERMISSIONS
from tradewind.kernel.openapi import openapi
from tradewind.services import registry

EXAMPLES = int(os.environ.get("TRADEWIND_FUZZ_EXAMPLES", "5"))  # an operation, as an administrator
SCHEMA = schemathesis.openapi.from_dict(openapi(registry.load()))
CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def bounded(examples: int) -> settings:
    """The same cases every time: a failure is found again."""
    return settings(
        max_examples=max(1, examples),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


pytestmark = pytest.mark.xdist_group("fuzzed")


@pytest.fixture(scope="module")
def shop(stages: Callable[[str], Stage]) -> Stage:
    """A shop of its own: what is sent here may close warehouses and change prices."""
    return stages("fuzzed")


@pytest.fixture(scope="module")
def administrators_key(shop: Stage) -> str:
    """An API key that may do everything but end itself: keys manage no sessions, passwords or keys."""

    async def make() -> str:
        async with await shop.staff() as admin:
            body = {"name": "fuzz", "scopes": sorted(PERMISSIONS)}
            made = await admin.post("/v1/me/api-keys", json=body)
            assert made.status_code == 201, made.text
            return str(made.json()["token"])

    return asyncio.run(make())


@SCHEMA.parametrize()
@bounded(EXAMPLES)
def test_an_administrators_nonsense_is_never_our_error(
    case: schemathesis.Case, shop: Stage, administrators_key: str
) -> None:
    _send(case, shop, {"authorization": f"Bearer {administrators_key}"})


@SCHEMA.parametrize()
@bounded(EXAMPLES // 2)
def test_a_strangers_nonsense_is_never_our_error(case: schemathesis.Case, shop: Stage) -> None:
    """Signed in anew each time a session is needed: what is sent may have ended the one before."""
    policy = case.operation.definition.raw["x-tradewind-policy"]
    headers = _customer(shop) if policy["name"] == "account" else {}
    _send(case, shop, headers)


def _send(case: schemathesis.Case, shop: Stage, headers: dict[str, str]) -> None:
    keyed = {**headers, "idempotency-key": str(uuid.uuid4())}
    case.call_and_validate(base_url=shop.url, headers=keyed, checks=CHECKS, timeout=20)


def _customer(shop: Stage) -> dict[str, str]:
    body = {"email": f"{uuid.uuid4().hex}@example.com", "password": "correct horse battery", "name": "Eve"}
    made = httpx.post(f"{shop.url}/v1/accounts", json=body, timeout=20)
    assert made.status_code == 201, made.text
    return {"authorization": f"Bearer {made.json()['token']}"}
