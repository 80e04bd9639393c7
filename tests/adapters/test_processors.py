"""What is peculiar to Stripe and to PayPal, beyond what every processor promises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.parties import PayPalParty, StripeParty
from tests.peers.paypal_peer import CERTIFICATE_PATH, PayPalPeer
from tests.peers.paypal_signing import Signer
from tests.peers.serving import serving
from tests.peers.stripe_peer import StripePeer

from tradewind.adapters.payment_gateway.choice import open_gateways
from tradewind.adapters.payment_gateway.units import (
    PAYPAL_DIGITS,
    minor_of_paypal,
    minor_of_stripe,
    paypal_value,
    stripe_units,
)
from tradewind.contracts.currencies import DIGITS
from tradewind.kernel.settings import SettingsError, load
from tradewind.ports.payment_gateway import (
    Approved,
    Challenge,
    Moved,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Renewed,
    Sought,
    Voided,
    WebhookRefused,
)
from tradewind.services.payment.settings import Settings

_EFFECTS = [("authorise", 5000), ("capture", 2000), ("capture", 3000)]


@pytest.fixture(scope="module")
def stripe_peer() -> Iterator[StripePeer]:
    with serving(StripePeer()) as peer:
        yield peer


@pytest.fixture(scope="module")
def paypal_peer() -> Iterator[PayPalPeer]:
    with serving(PayPalPeer()) as peer:
        yield peer


@pytest.fixture
async def stripe(stripe_peer: StripePeer) -> Any:
    party = StripeParty(stripe_peer.url)
    yield party
    await party.close()


@pytest.fixture
async def paypal(paypal_peer: PayPalPeer, tmp_path: Path) -> Any:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(paypal_peer.signer.roots_pem)
    party = PayPalParty(paypal_peer.url, roots)
    yield party
    await party.close()


async def paid(party: Any, amount_minor: int = 5000, currency: str = "EUR", **more: Any) -> Any:
    under = f"authorise-{uuid4()}"
    outcome = await party.gateway.authorise(
        reference=under,
        amount_minor=amount_minor,
        currency=currency,
        source=await party.source("good"),
        return_url=party.return_url,
        **more,
    )
    if not isinstance(outcome, Challenge):
        return outcome
    await party.confirm(outcome, "good", approve=True)
    now = datetime.now(UTC)
    sought = Sought(under, amount_minor, currency, now, outcome.processor_id, party.return_url)
    return await party.gateway.find_authorisation(sought)


async def moved(party: Any, kind: str, processor_id: str, amount_minor: int, under: str = "") -> Any:
    return await getattr(party.gateway, kind)(
        processor_id=processor_id,
        reference=under or f"{kind}-{uuid4()}",
        amount_minor=amount_minor,
        currency="EUR",
    )


@given(st.sampled_from(sorted(DIGITS)), st.integers(1, 10**12))
def test_an_amount_reaches_a_processor_exactly_or_not_at_all(currency: str, amount_minor: int) -> None:
    units = stripe_units(amount_minor, currency)
    assert units is None or minor_of_stripe(units, currency) == amount_minor
    value = paypal_value(amount_minor, currency)
    assert value is None or minor_of_paypal(value, currency) == amount_minor
    assert (value is None) or currency in PAYPAL_DIGITS


def test_the_currencies_that_processors_count_otherwise() -> None:
    assert [stripe_units(500, code) for code in ("EUR", "JPY", "ISK", "UGX", "MGA")] == [
        500,
        500,
        50_000,
        50_000,
        5,
    ]
    assert (stripe_units(1230, "KWD"), stripe_units(1234, "KWD"), stripe_units(501, "MGA")) == (
        1230,
        None,
        None,
    )
    assert (paypal_value(1230, "EUR"), paypal_value(1230, "JPY"), paypal_value(5, "USD")) == (
        "12.30",
        "1230",
        "0.05",
    )
    assert (paypal_value(123_400, "HUF"), paypal_value(123_450, "HUF"), paypal_value(1, "KWD")) == (
        "1234",
        None,
        None,
    )


async def test_a_currency_without_decimals_is_paid_whole(stripe: Any, paypal: Any) -> None:
    for party in (stripe, paypal):
        assert isinstance(await paid(party, 1230, "JPY"), Approved)
        assert await party.effects() == [("authorise", 1230)]
        refused = await paid(party, 123_451, "MGA")
        assert isinstance(refused, Rejected) and refused.code == "amount_not_supported"


async def test_stripe_keeps_the_rest_of_a_card_that_can_be_captured_again(stripe: Any) -> None:
    await stripe.set(options={"multicapture": True})
    outcome = await paid(stripe)
    for amount in (2000, 1000):
        assert isinstance(await moved(stripe, "capture", outcome.processor_id, amount), Moved)
    assert isinstance(await moved(stripe, "capture", outcome.processor_id, 2001), Rejected)
    assert isinstance(await stripe.gateway.void(processor_id=outcome.processor_id, reference="v"), Rejected)
    assert isinstance(await stripe.gateway.release(processor_id=outcome.processor_id, reference="r"), Moved)
    assert isinstance(await moved(stripe, "refund", outcome.processor_id, 3000), Moved)
    assert outcome.expires_at > datetime.now(UTC) + timedelta(days=6)


async def test_stripe_is_searched_for_what_a_list_would_be_too_long_for(
    stripe: Any, stripe_peer: StripePeer
) -> None:
    outcome = await paid(stripe)
    account = stripe_peer.account(stripe.account)
    intent = account.objects[outcome.processor_id]
    intent["created"] -= 7200
    sent_at = datetime.now(UTC) - timedelta(hours=2)
    sought = Sought(intent["metadata"]["reference"], 5000, "EUR", sent_at)
    found = await stripe.gateway.find_authorisation(sought)
    assert isinstance(found, Approved) and found.processor_id == outcome.processor_id
    assert await stripe.gateway.find_authorisation(replace(sought, reference="other")) == NotFound()


async def test_a_refund_over_two_captures_that_stopped_half_way_is_gone_on_with(paypal: Any) -> None:
    processor_id = (await paid(paypal)).processor_id
    for amount in (2000, 3000):
        assert isinstance(await moved(paypal, "capture", processor_id, amount), Moved)
    under = f"refund-{uuid4()}"
    await paypal.set(faults=[{"operation": "refund", "kind": "error", "skip": 1}])
    assert isinstance(await moved(paypal, "refund", processor_id, 4000, under), OutcomeUnknown)
    assert await paypal.effects() == [*_EFFECTS, ("refund", 2000)]
    assert await paypal.gateway.find_move("refund", under, processor_id) == NotFound()
    assert isinstance(await moved(paypal, "refund", processor_id, 4000, under), Moved)
    assert isinstance(await paypal.gateway.find_move("refund", under, processor_id), Moved)
    assert await paypal.effects() == [*_EFFECTS, ("refund", 2000), ("refund", 2000)]
    assert isinstance(await moved(paypal, "refund", processor_id, 1001), Rejected)


async def test_a_paypal_hold_is_renewed_once_and_let_go_by_its_first(paypal: Any) -> None:
    outcome = await paid(paypal)
    early = await moved(paypal, "renew", outcome.processor_id, 5000)
    assert isinstance(early, Rejected) and early.code == "renewal_not_supported"
    await paypal.set(options={"days": 5})
    renewed = await moved(paypal, "renew", outcome.processor_id, 5000)
    assert isinstance(renewed, Renewed) and renewed.expires_at is not None
    assert isinstance(await moved(paypal, "renew", renewed.processor_id, 5000), Rejected)
    assert isinstance(await paypal.gateway.void(processor_id=renewed.processor_id, reference="v"), Moved)
    sought = Sought("r", 5000, "EUR", None, renewed.processor_id)
    assert isinstance(await paypal.gateway.find_authorisation(sought), Voided)


async def test_a_renewed_paypal_hold_is_captured(paypal: Any) -> None:
    outcome = await paid(paypal)
    await paypal.set(options={"days": 5})
    renewed = await moved(paypal, "renew", outcome.processor_id, 5000)
    assert isinstance(await moved(paypal, "capture", renewed.processor_id, 5000), Moved)


async def test_an_access_token_that_ended_is_fetched_anew(paypal: Any, paypal_peer: PayPalPeer) -> None:
    await paypal.set(options={"token_seconds": 61})
    outcome = await paid(paypal)
    api = paypal.gateway._paypal
    api._token = "A21.taken.back.before.its.time"
    assert isinstance(await moved(paypal, "capture", outcome.processor_id, 1000), Moved)
    api._good_until = 0.0
    many = [moved(paypal, "capture", outcome.processor_id, 100) for _ in range(3)]
    assert all(isinstance(one, Moved | Rejected) for one in await asyncio.gather(*many))


async def test_a_certificate_that_is_not_paypals_is_not_believed(
    paypal: Any, paypal_peer: PayPalPeer, tmp_path: Path
) -> None:
    body = json.dumps({"id": "WH-1", "event_type": "X", "resource": {"custom_id": "r"}}).encode()
    now, good = datetime.now(UTC), paypal.settings.paypal_webhook_ids
    own = paypal_peer.url + CERTIFICATE_PATH

    async def read(signer: Signer, url: str, webhook_id: str = good) -> Any:
        headers = signer.headers(body, webhook_id, "t-1", url)
        given = {name.encode(): value.encode() for name, value in headers.items()}
        gateway = paypal.another()
        return await gateway.read_webhook(given, body, now)

    assert (await read(paypal_peer.signer, own)).references == ("r",)
    attackers = Signer("messageverificationcerts.paypal.com")
    for signer, url in (
        (paypal_peer.signer, "https://evil.example" + CERTIFICATE_PATH),
        (paypal_peer.signer, "http://api.paypal.com" + CERTIFICATE_PATH),
        (paypal_peer.signer, "https://api.paypal.com.evil.example" + CERTIFICATE_PATH),
        (paypal_peer.signer, "https://api.paypal.com@evil.example" + CERTIFICATE_PATH),
        (paypal_peer.signer, "https://api.paypal.com/elsewhere"),
        (attackers, own),
    ):
        with pytest.raises(WebhookRefused) as refused:
            await read(signer, url)
        assert refused.value.forged
    with pytest.raises(WebhookRefused):
        await read(paypal_peer.signer, own, "WH-OF-SOMEBODY-ELSE")
    roots = tmp_path / "others.pem"
    roots.write_bytes(attackers.roots_pem)
    stranger = paypal.another(paypal_roots_file=str(roots))
    headers = paypal_peer.signer.headers(body, good, "t-1", own)
    with pytest.raises(WebhookRefused):
        await stranger.read_webhook({k.encode(): v.encode() for k, v in headers.items()}, body, now)


def test_processors_are_chosen_by_name_and_their_keys_asked_for() -> None:
    chosen = load(Settings, "payment", {"TRADEWIND_PAYMENT_PROCESSORS": "sandbox"})
    assert open_gateways(chosen).names == ("sandbox",)
    for wrong, named in (
        ({"TRADEWIND_PAYMENT_PROCESSORS": "adyen"}, "TRADEWIND_PAYMENT_PROCESSORS"),
        ({"TRADEWIND_PAYMENT_PROCESSORS": "sandbox,sandbox"}, "TRADEWIND_PAYMENT_PROCESSORS"),
        ({"TRADEWIND_PAYMENT_PROCESSORS": "stripe"}, "TRADEWIND_PAYMENT_STRIPE_SECRET_KEY"),
        ({"TRADEWIND_PAYMENT_PROCESSORS": "paypal"}, "TRADEWIND_PAYMENT_PAYPAL_CLIENT_ID"),
    ):
        with pytest.raises(SettingsError, match=named):
            open_gateways(load(Settings, "payment", wrong))
