"""What every payment gateway promises (ports/payment_gateway.py), run against each adapter that there is.

An adapter joins by a Party: its gateway, cards that behave in known ways, and trouble on command.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conformance.parties import (
    ALL,
    ON_COMMAND,
    PAYPAL_KEY,
    STRIPE_KEY,
    UNATTENDED,
    Came,
    Party,
    PayPalParty,
    PayPalTestMode,
    SandboxParty,
    StripeParty,
    StripeTestMode,
)
from tests.peers.paypal_peer import PayPalPeer
from tests.peers.serving import serving
from tests.peers.stripe_peer import StripePeer
from tests.processor import ProcessorProcess, running_processor
from tradewind.ports.payment_gateway import (
    Approved,
    AuthoriseOutcome,
    BankDeclined,
    Challenge,
    Dispute,
    Evidence,
    Moved,
    MoveKind,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
    Sought,
    Source,
    TokenSource,
    Voided,
    WalletSource,
    WebhookRefused,
)

MOVES = ("capture", "refund", "void")


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessorProcess]:
    with running_processor(tmp_path_factory.mktemp("processor")) as processor:
        yield processor


@pytest.fixture(scope="module")
def stripe_url() -> Iterator[str]:
    with serving(StripePeer()) as peer:
        yield peer.url


@pytest.fixture(scope="module")
def paypal_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Where it is, and the root that its webhooks' certificate comes from."""
    roots = tmp_path_factory.mktemp("paypal") / "roots.pem"
    with serving(PayPalPeer()) as peer:
        roots.write_bytes(peer.signer.roots_pem)
        yield peer.url, roots


@pytest.fixture
async def opened(
    processor: ProcessorProcess, stripe_url: str, paypal_at: tuple[str, Path]
) -> AsyncIterator[Callable[[str], Party]]:
    """A party by its name."""
    made: list[Party] = []

    def new(name: str) -> Party:
        ways: dict[str, Callable[[], Party]] = {
            "sandbox": lambda: SandboxParty(processor.url),
            "stripe": lambda: StripeParty(stripe_url),
            "paypal": lambda: PayPalParty(*paypal_at),
            "stripe test mode": lambda: StripeTestMode(STRIPE_KEY),
            "paypal test mode": lambda: PayPalTestMode(*PAYPAL_KEY),
        }
        made.append(ways[name]())
        return made[-1]

    yield new
    for party in made:
        await party.close()


@pytest.fixture(params=ON_COMMAND)
def party(request: pytest.FixtureRequest, opened: Callable[[str], Party]) -> Party:
    return opened(request.param)


@pytest.fixture(params=UNATTENDED)
def unattended(request: pytest.FixtureRequest, opened: Callable[[str], Party]) -> Party:
    return opened(request.param)


@pytest.fixture(params=ALL)
def any_party(request: pytest.FixtureRequest, opened: Callable[[str], Party]) -> Party:
    return opened(request.param)


def reference(kind: str) -> str:
    return f"{kind}-{uuid4()}"


def sought(party: Party, under: str, processor_id: str | None = None) -> Sought:
    return Sought(under, 5000, "EUR", datetime.now(UTC), processor_id, party.return_url)


async def authorise(
    party: Party, card: str = "good", under: str | None = None, source: Source | None = None, **more: Any
) -> AuthoriseOutcome:
    return await party.gateway.authorise(
        reference=under or reference("authorise"),
        amount_minor=5000,
        currency="EUR",
        source=source or await party.source(card),
        return_url=party.return_url,
        **more,
    )


async def paid(party: Party, card: str = "good", under: str | None = None, **more: Any) -> Any:
    """What a payment with the card comes to, where need be after the shopper approved it."""
    under = under or reference("authorise")
    outcome = await authorise(party, card, under, **more)
    if not isinstance(outcome, Challenge):
        return outcome
    await party.confirm(outcome, card, approve=True)
    return await party.gateway.find_authorisation(sought(party, under, outcome.processor_id))


async def approved(party: Party) -> str:
    outcome = await paid(party)
    assert isinstance(outcome, Approved), outcome
    return outcome.processor_id


async def move(party: Party, kind: str, processor_id: str, under: str, amount_minor: int = 5000) -> Any:
    if kind in ("void", "release"):
        return await getattr(party.gateway, kind)(processor_id=processor_id, reference=under)
    method = party.gateway.capture if kind == "capture" else party.gateway.refund
    return await method(processor_id=processor_id, reference=under, amount_minor=amount_minor, currency="EUR")


async def ready_for(party: Party, kind: str) -> str:
    """An authorisation that a move of this kind is possible on."""
    processor_id = await approved(party)
    if kind == "refund":
        assert isinstance(await move(party, "capture", processor_id, reference("capture")), Moved)
    return processor_id


async def test_a_good_card_is_approved_and_found_by_our_reference(unattended: Party) -> None:
    under = reference("authorise")
    outcome = await paid(unattended, under=under)
    assert isinstance(outcome, Approved) and (outcome.network, outcome.last4) == unattended.shown
    assert await unattended.gateway.find_authorisation(sought(unattended, under)) == outcome
    assert (
        await unattended.gateway.find_authorisation(sought(unattended, under, outcome.processor_id))
        == outcome
    )
    assert (
        await unattended.gateway.find_authorisation(sought(unattended, reference("authorise"))) == NotFound()
    )


async def test_a_declined_card_says_why(unattended: Party) -> None:
    for card, said in unattended.declines.items():
        under = reference("authorise")
        outcome = await paid(unattended, card, under)
        assert isinstance(outcome, BankDeclined) and (outcome.code, outcome.retryable) == said
        assert await unattended.gateway.find_authorisation(sought(unattended, under)) == outcome


async def test_a_challenge_is_answered_by_the_shopper_and_found(party: Party) -> None:
    for approve in (True, False):
        under = reference("authorise")
        challenge = await authorise(party, "challenged", under)
        assert isinstance(challenge, Challenge) and challenge.url.startswith("http")
        by_id = sought(party, under, challenge.processor_id)
        assert await party.gateway.find_authorisation(by_id) == challenge
        await party.confirm(challenge, "good", approve=approve)
        found = await party.gateway.find_authorisation(by_id)
        # A payer who leaves PayPal's page may come back to it.
        assert isinstance(found, Approved if approve else Challenge if party.asks_first else BankDeclined)


async def test_an_open_challenge_is_found_and_ended(any_party: Party) -> None:
    under, void = reference("authorise"), reference("void")
    challenge = await authorise(any_party, "challenged", under)
    assert isinstance(challenge, Challenge)
    by_id = sought(any_party, under, challenge.processor_id)
    assert await any_party.gateway.find_authorisation(by_id) == challenge
    assert isinstance(await move(any_party, "void", challenge.processor_id, void), Moved)
    assert isinstance(await any_party.gateway.find_move("void", void, challenge.processor_id), Moved)
    assert isinstance(await any_party.gateway.find_authorisation(by_id), Voided)


async def test_a_challenge_that_is_voided_cannot_be_confirmed(party: Party) -> None:
    under, void = reference("authorise"), reference("void")
    challenge = await authorise(party, "challenged", under)
    assert isinstance(challenge, Challenge)
    for _ in range(2):
        assert isinstance(await move(party, "void", challenge.processor_id, void), Moved)
    await party.confirm(challenge, "good", approve=True)
    found = await party.gateway.find_authorisation(sought(party, under, challenge.processor_id))
    assert isinstance(found, Voided)
    assert isinstance(await party.gateway.find_authorisation(sought(party, under)), Voided)
    assert await party.effects() == []


async def test_whatever_is_sent_twice_has_one_effect(party: Party) -> None:
    under, source = reference("authorise"), await party.source("good")
    first = await authorise(party, under=under, source=source)
    assert first == await authorise(party, under=under, source=source)
    if isinstance(first, Challenge):
        await party.confirm(first, "good", approve=True)
        by_id = sought(party, under, first.processor_id)
        first = await party.gateway.find_authorisation(by_id)  # type: ignore[assignment]
        assert await party.gateway.find_authorisation(by_id) == first
    assert isinstance(first, Approved)
    for kind in ("capture", "refund"):
        under = reference(kind)
        moved = await move(party, kind, first.processor_id, under)
        assert isinstance(moved, Moved)
        assert await move(party, kind, first.processor_id, under) == moved
        assert await party.gateway.find_move(kind, under, first.processor_id) == moved  # type: ignore[arg-type]
    assert await party.effects() == [("authorise", 5000), ("capture", 5000), ("refund", 5000)]


async def test_parts_are_captured_and_refunded_and_no_more_than_there_is(unattended: Party) -> None:
    processor_id = await approved(unattended)
    assert isinstance(await move(unattended, "capture", processor_id, reference("capture"), 5001), Rejected)
    assert isinstance(await move(unattended, "capture", processor_id, reference("capture"), 3000), Moved)
    assert isinstance(await move(unattended, "refund", processor_id, reference("refund"), 3001), Rejected)
    assert isinstance(await move(unattended, "refund", processor_id, reference("refund"), 1000), Moved)
    assert isinstance(await move(unattended, "refund", processor_id, reference("refund"), 2001), Rejected)
    assert isinstance(await move(unattended, "capture", processor_id, reference("capture"), 2001), Rejected)
    assert isinstance(await move(unattended, "void", processor_id, reference("void")), Rejected)
    if unattended.on_command:
        assert await unattended.effects() == [("authorise", 5000), ("capture", 3000), ("refund", 1000)]


async def test_what_is_left_after_a_part_is_let_go(unattended: Party) -> None:
    processor_id, under = await approved(unattended), reference("void")
    assert isinstance(await move(unattended, "release", processor_id, reference("void")), Rejected)
    assert isinstance(await move(unattended, "capture", processor_id, reference("capture"), 3000), Moved)
    assert isinstance(await move(unattended, "release", processor_id, under), Moved)
    assert isinstance(await move(unattended, "release", processor_id, under), Moved)
    assert isinstance(await move(unattended, "capture", processor_id, reference("capture"), 1), Rejected)
    assert isinstance(await move(unattended, "refund", processor_id, reference("refund"), 3000), Moved)


async def test_what_is_voided_cannot_be_captured(unattended: Party) -> None:
    under, void = reference("authorise"), reference("void")
    outcome = await paid(unattended, under=under)
    assert isinstance(outcome, Approved)
    assert isinstance(await move(unattended, "void", outcome.processor_id, void), Moved)
    assert isinstance(await unattended.gateway.find_move("void", void, outcome.processor_id), Moved)
    assert isinstance(await move(unattended, "capture", outcome.processor_id, reference("capture")), Rejected)
    by_id = sought(unattended, under, outcome.processor_id)
    assert await unattended.gateway.find_authorisation(by_id) == Voided(outcome.processor_id)
    assert await unattended.gateway.find_authorisation(sought(unattended, under)) == Voided(
        outcome.processor_id
    )


async def test_a_request_that_makes_no_sense_is_rejected_for_good(party: Party) -> None:
    assert isinstance(await authorise(party, source=TokenSource("tok_of_nobody")), Rejected)
    assert isinstance(await authorise(party, source=WalletSource("wallet_of_nobody")), Rejected)
    assert isinstance(await move(party, "capture", "auth_of_nobody", reference("capture")), Rejected)
    assert isinstance(await move(party, "refund", "auth_of_nobody", reference("refund")), Rejected)
    assert await party.gateway.find_move("capture", reference("capture"), "auth_of_nobody") == NotFound()


@pytest.mark.parametrize("kind", ["silence_before", "silence_after", "error", "reset"])
async def test_no_answer_to_an_authorisation_is_unknown_and_the_same_again_heals(
    party: Party, kind: str
) -> None:
    under, source = reference("authorise"), await party.source("good")
    await party.trouble("authorise", kind)
    assert isinstance(await authorise(party, under=under, source=source), OutcomeUnknown)
    found = await party.gateway.find_authorisation(sought(party, under))
    held = kind == "silence_after" and not party.asks_first
    assert isinstance(found, Approved if held else NotFound), found
    again = await authorise(party, under=under, source=source)
    assert isinstance(again, Challenge if party.asks_first else Approved), again
    if isinstance(again, Challenge):
        await party.confirm(again, "good", approve=True)
        by_id = sought(party, under, again.processor_id)
        await party.trouble("hold", kind)
        assert isinstance(await party.gateway.find_authorisation(by_id), OutcomeUnknown)
        assert isinstance(await party.gateway.find_authorisation(by_id), Approved)
    assert await party.effects() == [("authorise", 5000)]


@pytest.mark.parametrize(
    ("kind", "what"),
    [*product(("silence_after", "error", "reset"), MOVES), ("silence_before", "capture")],
)
async def test_no_answer_to_a_move_is_unknown_and_the_same_again_heals(
    party: Party, kind: str, what: MoveKind
) -> None:
    processor_id, under = await ready_for(party, what), reference(what)
    await party.trouble(what, kind)
    assert isinstance(await move(party, what, processor_id, under), OutcomeUnknown)
    found = await party.gateway.find_move(what, under, processor_id)
    assert isinstance(found, Moved if kind == "silence_after" else NotFound)
    assert isinstance(await move(party, what, processor_id, under), Moved)
    assert [effect for effect, _ in await party.effects()].count(what) == 1


async def test_too_many_requests_had_no_effect(party: Party) -> None:
    if party.gateway.name == "sandbox":  # it has no limit
        return
    processor_id = await approved(party)
    await party.trouble("capture", "too_many")
    assert isinstance(await move(party, "capture", processor_id, reference("capture")), NotSent)
    assert isinstance(await move(party, "capture", processor_id, reference("capture")), Moved)


async def test_where_no_connection_is_had_nothing_was_sent(any_party: Party) -> None:
    nowhere = any_party.another(**any_party.nowhere())
    outcome = await nowhere.capture(processor_id="a", reference="r", amount_minor=1, currency="EUR")
    assert isinstance(outcome, NotSent)
    assert isinstance(await nowhere.find_authorisation(sought(any_party, "r")), NotSent)


async def test_a_party_that_keeps_failing_is_left_alone_for_a_while(party: Party) -> None:
    source = await party.source("good")
    await party.trouble("authorise", "error", times=3)
    for _ in range(3):
        assert isinstance(await authorise(party, source=source), OutcomeUnknown)
    assert isinstance(await authorise(party, source=source), NotSent)
    assert isinstance(await party.gateway.find_authorisation(sought(party, "r")), NotSent)
    await asyncio.sleep(0.16)
    assert isinstance(await authorise(party, source=source), Approved | Challenge)
    assert isinstance(await authorise(party, source=source), Approved | Challenge)


async def test_an_instrument_is_saved_used_again_and_forgotten(unattended: Party) -> None:
    outcome = await paid(unattended, save=True)
    assert isinstance(outcome, Approved) and outcome.saved is not None
    saved = outcome.saved
    again = await authorise(unattended, source=saved)
    assert isinstance(again, Approved) and again.last4 == outcome.last4, again
    third = await paid(unattended, save=True, customer=saved.customer)
    assert isinstance(third, Approved) and third.saved is not None and third.saved.customer == saved.customer
    assert isinstance(await unattended.gateway.forget(saved), Moved)
    assert await unattended.gateway.forget(saved) == NotFound()
    assert isinstance(await authorise(unattended, source=saved), Rejected)


async def test_a_dispute_is_told_of_found_and_answered(party: Party) -> None:
    under = reference("authorise")
    outcome = await paid(party, under=under)
    assert isinstance(outcome, Approved)
    assert isinstance(await move(party, "capture", outcome.processor_id, reference("capture")), Moved)
    for evidence in (Evidence("It was delivered.", "DHL", "00340434161094021501"), None):
        async with party.webhooks() as came:
            dispute_id = await party.dispute(under)
            headers, body = await _first(came)
        notice = await party.gateway.read_webhook(headers, body, datetime.now(UTC))
        assert notice.disputes == (dispute_id,)
        found = await party.gateway.find_dispute(dispute_id)
        assert isinstance(found, Dispute) and (found.reference, found.status) == (under, "needs_response")
        assert (found.amount_minor, found.currency) == (5000, "EUR") and found.evidence_due_at is not None
        said = {"dispute_id": dispute_id, "reference": reference("dispute")}
        if evidence is None:
            answered: Any = await party.gateway.accept_dispute(**said)
        else:
            answered = await party.gateway.submit_evidence(**said, evidence=evidence)
            again = {**said, "reference": reference("dispute")}
            assert isinstance(await party.gateway.submit_evidence(**again, evidence=evidence), Rejected)
        assert isinstance(answered, Moved), answered
        after = await party.gateway.find_dispute(dispute_id)
        assert isinstance(after, Dispute) and after.status == ("lost" if evidence is None else "under_review")


async def test_a_webhook_is_read_if_it_is_signed_and_fresh(party: Party) -> None:
    under = reference("authorise")
    headers, body = await _a_webhook(party, under)
    now = datetime.now(UTC)
    notice = await party.gateway.read_webhook(headers, body, now)
    assert notice.webhook_id and under in notice.references
    assert await party.gateway.read_webhook(headers, body, now) == notice  # a replay is told by its id
    other_body = body.replace(under.encode(), reference("authorise").encode())
    for wrong_body, at in (
        (body + b" ", now),
        (other_body, now),
        (body, now + party.webhook_life + timedelta(minutes=1)),
        (body, now - timedelta(minutes=6)),
    ):
        with pytest.raises(WebhookRefused) as refused:
            await party.gateway.read_webhook(headers, wrong_body, at)
        assert refused.value.forged
    for fewer in ({}, dict.fromkeys(headers, b""), dict.fromkeys(headers, b"\xff\x00;,=")):
        with pytest.raises(WebhookRefused):
            await party.gateway.read_webhook(fewer, body, now)


async def test_two_keys_and_two_webhook_secrets_are_live_at_once(party: Party) -> None:
    under = reference("authorise")
    headers, body = await _a_webhook(party, under)
    both, new_alone = party.two_live()
    now, between, after = datetime.now(UTC), party.another(**both), party.another(**new_alone)
    assert under in (await between.read_webhook(headers, body, now)).references
    with pytest.raises(WebhookRefused):
        await after.read_webhook(headers, body, now)
    await party.revoke_first_key()
    for _ in range(2):
        found = await between.find_authorisation(sought(party, reference("authorise")))
        assert found == NotFound()


async def _a_webhook(party: Party, under: str) -> tuple[dict[bytes, bytes], bytes]:
    async with party.webhooks() as came:
        assert isinstance(await paid(party, under=under), Approved)
        return await _first(came)


async def _first(came: Came) -> tuple[dict[bytes, bytes], bytes]:
    for _ in range(200):
        if came:
            return came[0]
        await asyncio.sleep(0.01)
    raise AssertionError("no webhook came")


async def test_a_checkout_is_told_what_a_browser_needs_and_no_secret(party: Party) -> None:
    details = party.gateway.checkout()
    assert details.processor == party.gateway.name
    assert details.card_form_url.startswith("http") or details.script_url or details.wallets
    assert "sk_" not in repr(details) and "secret" not in repr(details)
