"""Disputes, with a processor that has them."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conformance.parties import StripeParty
from tests.payment.till import Till
from tests.peers.serving import serving
from tests.peers.stripe_peer import StripePeer
from tradewind.adapters.payment_gateway.choice import ChosenGateways
from tradewind.contracts.common import Money
from tradewind.contracts.payment import Authorised, Captured, CardToken
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.ports.payment_gateway import TokenSource
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import authorisation_reference
from tradewind.services.payment.shapes.disputes import EvidenceBody
from tradewind.services.payment.use_cases.answer_dispute import answer_dispute
from tradewind.services.payment.use_cases.authorise_payment import authorise_payment
from tradewind.services.payment.use_cases.capture_payment import capture_payment
from tradewind.services.payment.use_cases.keep_evidence import keep_evidence
from tradewind.services.payment.use_cases.settle_dispute import settle_dispute

AMOUNT = Money(5000, "EUR")


@pytest.fixture(scope="module")
def stripe_url() -> Iterator[str]:
    with serving(StripePeer()) as peer:
        yield peer.url


@pytest.fixture
async def party(stripe_url: str) -> AsyncIterator[StripeParty]:
    opened = StripeParty(stripe_url)
    yield opened
    await opened.close()


async def disputed(till: Till, party: StripeParty) -> tuple[Deps, UUID, str, UUID]:
    """The service, the order, what the processor calls the dispute, and what we do."""
    gateways: Any = ChosenGateways({"stripe": party.gateway, "sandbox": till.deps.gateways.named("sandbox")})
    deps, order_id, source = (
        dataclasses.replace(till.deps, gateways=gateways),
        uuid4(),
        await party.source("good"),
    )
    assert isinstance(source, TokenSource)
    paid = await authorise_payment(
        deps, order_id, 1, AMOUNT, CardToken(source.token), "https://shop.example/back"
    )
    assert isinstance(paid, Authorised), paid
    assert await capture_payment(deps, order_id, uuid4(), AMOUNT) == Captured(AMOUNT)
    known = await party.dispute(authorisation_reference(order_id, 1))
    assert known is not None
    for _ in range(2):
        assert await settle_dispute(deps, "stripe", known) is None
    (shown,) = (await till.staff.get("/v1/disputes", params={"order_id": str(order_id)})).json()["items"]
    assert (shown["state"], shown["amount"]["amount_minor"]) == ("needs_response", 5000)
    return deps, order_id, known, UUID(shown["dispute_id"])


async def account(till: Till, name: str) -> int:
    items = (await till.staff.get("/v1/ledger/balances")).json()["items"]
    return sum(it["balance"]["amount_minor"] for it in items if it["account"] == name)


@pytest.mark.parametrize(
    ("text", "outcome", "kept"), [("winning_evidence", "won", 5000), ("losing_evidence", "lost", 0)]
)
async def test_evidence_decides_a_dispute_and_the_ledger_follows(
    till: Till, party: StripeParty, text: str, outcome: str, kept: int
) -> None:
    deps, order_id, known, dispute_id = await disputed(till, party)
    assert await account(till, "disputes") == 5000
    with pytest.raises(Conflict):
        await answer_dispute(deps, dispute_id, Once.unkeyed(), accept=False)
    await keep_evidence(deps, dispute_id, EvidenceBody(text, "DHL"), Once.unkeyed())
    await answer_dispute(deps, dispute_id, Once.unkeyed(), accept=False)
    await settle_dispute(deps, "stripe", known)
    shown = (await till.staff.get(f"/v1/disputes/{dispute_id}")).json()
    assert (shown["state"], shown["evidence"]["carrier"], shown["submitting"]) == (outcome, "DHL", False)
    fees = await account(till, "fees")
    assert await account(till, "disputes") == 0
    assert await account(till, "cash_at_processor") == kept - fees
    assert await till.events(order_id) == [
        "payment.authorised",
        "payment.captured",
        "payment.dispute_opened",
        "payment.dispute_closed",
    ]
    with pytest.raises(Conflict):
        await keep_evidence(deps, dispute_id, EvidenceBody("late"), Once.unkeyed())


async def test_a_dispute_that_is_accepted_is_lost(till: Till, party: StripeParty) -> None:
    deps, _, _, dispute_id = await disputed(till, party)
    await answer_dispute(deps, dispute_id, Once.unkeyed(), accept=True)
    assert (await till.staff.get(f"/v1/disputes/{dispute_id}")).json()["state"] == "lost"
