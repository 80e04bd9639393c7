"""What every payment gateway promises (ports/payment_gateway.py), run against each adapter that there is.

An adapter joins by a Party: its gateway, cards that behave in known ways, and trouble on command.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import pytest
from aiohttp import web

from tests.processor import (
    CHALLENGED,
    DECLINED,
    GOOD,
    NO_FUNDS,
    Merchant,
    ProcessorProcess,
    running_processor,
)
from tradewind.adapters.payment_gateway.sandbox import open_gateway
from tradewind.ports.payment_gateway import (
    Approved,
    AuthoriseOutcome,
    BankDeclined,
    Challenge,
    Moved,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PaymentGateway,
    Rejected,
    Sought,
    TokenSource,
    Voided,
    WebhookRefused,
)

CARDS = {"good": GOOD, "declined": DECLINED, "no_funds": NO_FUNDS, "challenged": CHALLENGED}
MOVES = ("capture", "refund", "void")


class Party(Protocol):
    """A processor as a test sees it, with one gateway to it."""

    gateway: PaymentGateway

    async def token(self, card: str) -> str: ...
    async def trouble(self, operation: str, kind: str, times: int = 1) -> None:
        """`silence_before` or `silence_after` its effect, `error`, `reset`: the next calls meet it."""
        ...

    async def confirm(self, challenge: Challenge, *, approve: bool) -> None: ...
    def gateway_to_nowhere(self) -> PaymentGateway: ...
    async def effects(self) -> list[tuple[str, int]]: ...
    def webhooks(self) -> AbstractAsyncContextManager[list[tuple[dict[bytes, bytes], bytes]]]:
        """Headers and bodies of what the processor sends, as they come."""
        ...


@dataclass(frozen=True)
class SandboxSettings:
    processor_url: str
    processor_secret_key: str
    processor_publishable_key: str
    processor_public_url: str = ""
    processor_webhook_secret: str = "whsec_Y29uZm9ybWFuY2Ugb2YgdGhlIGdhdGV3YXlzIQ=="
    processor_timeout_seconds: float = 0.4
    breaker_failures: int = 3
    breaker_open_seconds: float = 0.15


class SandboxParty:
    _KINDS = {
        "silence_before": "timeout_before",
        "silence_after": "timeout_after",
        "error": "error_500",
        "reset": "connection_reset",
    }

    def __init__(self, url: str) -> None:
        self.merchant = Merchant(url)
        self.settings = SandboxSettings(url, self.merchant.secret_key, self.merchant.publishable_key)
        self.gateway: PaymentGateway = open_gateway(self.settings)
        self.others: list[PaymentGateway] = []

    async def token(self, card: str) -> str:
        return await self.merchant.token(CARDS[card])

    async def trouble(self, operation: str, kind: str, times: int = 1) -> None:
        await self.merchant.order_faults({"operation": operation, "kind": self._KINDS[kind], "times": times})

    async def confirm(self, challenge: Challenge, *, approve: bool) -> None:
        await self.merchant.answer_challenge(challenge.url, "approve" if approve else "refuse")

    def gateway_to_nowhere(self) -> PaymentGateway:
        gateway = open_gateway(replace(self.settings, processor_url="http://127.0.0.1:9"))
        self.others.append(gateway)
        return gateway

    async def effects(self) -> list[tuple[str, int]]:
        return await self.merchant.effects()

    @asynccontextmanager
    async def webhooks(self) -> AsyncIterator[list[tuple[dict[bytes, bytes], bytes]]]:
        came: list[tuple[dict[bytes, bytes], bytes]] = []

        async def take(request: web.Request) -> web.Response:
            headers = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
            came.append((headers, await request.read()))
            return web.Response(status=204)

        app = web.Application()
        app.router.add_post("/", take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        gateway: Any = self.gateway
        await gateway.set_webhook_endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        try:
            yield came
        finally:
            await runner.cleanup()

    async def close(self) -> None:
        for gateway in (self.gateway, *self.others):
            await gateway.close()
        await self.merchant.close()


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessorProcess]:
    with running_processor(tmp_path_factory.mktemp("processor")) as processor:
        yield processor


@pytest.fixture(params=["sandbox"])
async def party(request: pytest.FixtureRequest, processor: ProcessorProcess) -> AsyncIterator[Party]:
    opened = {"sandbox": SandboxParty}[request.param](processor.url)
    yield opened
    await opened.close()


def reference(kind: str) -> str:
    return f"{kind}-{uuid4()}"


def sought(under: str) -> Sought:
    return Sought(under, 5000, "EUR", datetime.now(UTC))


async def authorise(
    party: Party, card: str = "good", under: str | None = None, token: str | None = None
) -> AuthoriseOutcome:
    return await party.gateway.authorise(
        reference=under or reference("authorise"),
        amount_minor=5000,
        currency="EUR",
        source=TokenSource(token or await party.token(card)),
        return_url=None,
    )


async def approved(party: Party) -> str:
    outcome = await authorise(party)
    assert isinstance(outcome, Approved), outcome
    return outcome.processor_id


async def move(party: Party, kind: str, processor_id: str, under: str, amount_minor: int = 5000) -> Any:
    if kind == "void":
        return await party.gateway.void(processor_id=processor_id, reference=under)
    method = party.gateway.capture if kind == "capture" else party.gateway.refund
    return await method(processor_id=processor_id, reference=under, amount_minor=amount_minor, currency="EUR")


async def ready_for(party: Party, kind: str) -> str:
    """An authorisation that a move of this kind is possible on."""
    processor_id = await approved(party)
    if kind == "refund":
        assert isinstance(await move(party, "capture", processor_id, reference("capture")), Moved)
    return processor_id


async def test_a_good_card_is_approved_and_found_by_our_reference(party: Party) -> None:
    under = reference("authorise")
    outcome = await authorise(party, under=under)
    assert isinstance(outcome, Approved) and (outcome.network, outcome.last4) == ("visa", "4242")
    assert await party.gateway.find_authorisation(sought(under)) == outcome
    assert await party.gateway.find_authorisation(sought(reference("authorise"))) == NotFound()


async def test_a_declined_card_says_why(party: Party) -> None:
    under = reference("authorise")
    outcome = await authorise(party, "declined", under)
    assert isinstance(outcome, BankDeclined) and (outcome.code, outcome.retryable) == ("card_declined", False)
    assert await party.gateway.find_authorisation(sought(under)) == outcome
    soft = await authorise(party, "no_funds")
    assert isinstance(soft, BankDeclined) and (soft.code, soft.retryable) == ("insufficient_funds", True)


async def test_a_challenge_is_answered_by_the_shopper_and_found(party: Party) -> None:
    for approve in (True, False):
        under = reference("authorise")
        challenge = await authorise(party, "challenged", under)
        assert isinstance(challenge, Challenge) and challenge.url.startswith("http")
        assert await party.gateway.find_authorisation(sought(under)) == challenge
        await party.confirm(challenge, approve=approve)
        found = await party.gateway.find_authorisation(sought(under))
        assert isinstance(found, Approved if approve else BankDeclined)


async def test_a_challenge_that_is_voided_cannot_be_confirmed(party: Party) -> None:
    under = reference("authorise")
    challenge = await authorise(party, "challenged", under)
    assert isinstance(challenge, Challenge)
    assert isinstance(await move(party, "void", challenge.processor_id, reference("void")), Moved)
    await party.confirm(challenge, approve=True)
    assert isinstance(await party.gateway.find_authorisation(sought(under)), Voided)
    assert await party.effects() == []


async def test_whatever_is_sent_twice_has_one_effect(party: Party) -> None:
    under, token = reference("authorise"), await party.token("good")
    first = await authorise(party, under=under, token=token)
    assert first == await authorise(party, under=under, token=token)
    assert isinstance(first, Approved)
    for kind in ("capture", "refund"):
        under = reference(kind)
        moved = await move(party, kind, first.processor_id, under)
        assert isinstance(moved, Moved)
        assert await move(party, kind, first.processor_id, under) == moved
        assert await party.gateway.find_move(kind, under, first.processor_id) == moved
    assert await party.effects() == [("authorise", 5000), ("capture", 5000), ("refund", 5000)]


async def test_parts_are_captured_and_refunded_and_no_more_than_there_is(party: Party) -> None:
    processor_id = await approved(party)
    assert isinstance(await move(party, "capture", processor_id, reference("capture"), 3000), Moved)
    assert isinstance(await move(party, "refund", processor_id, reference("refund"), 3001), Rejected)
    assert isinstance(await move(party, "refund", processor_id, reference("refund"), 1000), Moved)
    assert isinstance(await move(party, "capture", processor_id, reference("capture"), 2001), Rejected)
    assert isinstance(await move(party, "void", processor_id, reference("void")), Rejected)


async def test_what_is_voided_cannot_be_captured(party: Party) -> None:
    under = reference("authorise")
    outcome = await authorise(party, under=under)
    assert isinstance(outcome, Approved)
    assert isinstance(await move(party, "void", outcome.processor_id, reference("void")), Moved)
    assert isinstance(await move(party, "capture", outcome.processor_id, reference("capture")), Rejected)
    assert await party.gateway.find_authorisation(sought(under)) == Voided(outcome.processor_id)


async def test_a_request_that_makes_no_sense_is_rejected_for_good(party: Party) -> None:
    assert isinstance(await authorise(party, token="tok_of_nobody"), Rejected)
    assert isinstance(await move(party, "capture", "auth_of_nobody", reference("capture")), Rejected)
    assert await party.gateway.find_move("capture", reference("capture"), "auth_of_nobody") == NotFound()


@pytest.mark.parametrize("kind", ["silence_before", "silence_after", "error", "reset"])
async def test_no_answer_is_unknown_and_the_same_again_heals(party: Party, kind: str) -> None:
    under, token = reference("authorise"), await party.token("good")
    await party.trouble("authorise", kind)
    assert isinstance(await authorise(party, under=under, token=token), OutcomeUnknown)
    found = await party.gateway.find_authorisation(sought(under))
    assert isinstance(found, Approved if kind == "silence_after" else NotFound)
    assert isinstance(await authorise(party, under=under, token=token), Approved)
    for what in MOVES:
        processor_id, under = await ready_for(party, what), reference(what)
        await party.trouble(what, kind)
        assert isinstance(await move(party, what, processor_id, under), OutcomeUnknown)
        found_move = await party.gateway.find_move(what, under, processor_id)  # type: ignore[arg-type]
        assert isinstance(found_move, Moved if kind == "silence_after" else NotFound)
        assert isinstance(await move(party, what, processor_id, under), Moved)


async def test_where_no_connection_is_had_nothing_was_sent(party: Party) -> None:
    nowhere = party.gateway_to_nowhere()
    outcome = await nowhere.capture(processor_id="a", reference="r", amount_minor=1, currency="EUR")
    assert isinstance(outcome, NotSent)
    assert isinstance(await nowhere.find_authorisation(sought("r")), NotSent)


async def test_a_party_that_keeps_failing_is_left_alone_for_a_while(party: Party) -> None:
    token = await party.token("good")
    await party.trouble("authorise", "error", times=3)
    for _ in range(3):
        assert isinstance(await authorise(party, token=token), OutcomeUnknown)
    assert isinstance(await authorise(party, token=token), NotSent)
    assert isinstance(await party.gateway.find_authorisation(sought("r")), NotSent)
    await asyncio.sleep(0.16)
    assert isinstance(await authorise(party, token=token), Approved)
    assert isinstance(await authorise(party, token=token), Approved)


async def test_a_webhook_is_read_if_it_is_signed_and_fresh(party: Party) -> None:
    async with party.webhooks() as came:
        under = reference("authorise")
        await authorise(party, under=under)
        for _ in range(200):
            if came:
                break
            await asyncio.sleep(0.01)
    headers, body = came[0]
    now = datetime.now(UTC)
    notice = await party.gateway.read_webhook(headers, body, now)
    assert notice.webhook_id and under in notice.references
    for wrong_body, at in (
        (body + b" ", now),
        (body, now + timedelta(minutes=6)),
        (body, now - timedelta(minutes=6)),
    ):
        with pytest.raises(WebhookRefused) as refused:
            await party.gateway.read_webhook(headers, wrong_body, at)
        assert refused.value.forged
    with pytest.raises(WebhookRefused):
        await party.gateway.read_webhook({}, body, now)


async def test_a_checkout_is_told_where_to_make_tokens_and_no_secret(party: Party) -> None:
    details = party.gateway.checkout()
    assert details.processor == party.gateway.name
    assert details.tokens_url.startswith("http") and details.card_form_url.startswith("http")
    assert "sk_" not in repr(details)
