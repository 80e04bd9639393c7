"""A hold at PayPal is held anew before it lapses, and captured by its new name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.payment.test_expiry import eur, holds_for, pass_days
from tests.payment.till import Till, open_till
from tests.peers.paypal_peer import PayPalPeer
from tests.peers.paypal_settings import paypal_settings
from tests.peers.serving import serving
from tests.processor import ProcessorProcess
from tradewind.contracts.payment import ActionRequired, Authorised, Captured, Wallet

RETURN_URL = "https://shop.example/back"


@pytest.fixture
def paypal() -> Iterator[PayPalPeer]:
    with serving(PayPalPeer()) as peer:
        yield peer


def settings(paypal: PayPalPeer, folder: Path) -> dict[str, str]:
    return {"TRADEWIND_PAYMENT_PROCESSORS": "paypal,sandbox", **paypal_settings(paypal, folder)}


async def held(till: Till) -> UUID:
    order_id = uuid4()
    asked = await till.payment.authorise(order_id, 1, eur(5000), Wallet(), RETURN_URL)
    assert isinstance(asked, ActionRequired), asked
    async with httpx.AsyncClient() as browser:
        sent = await browser.post(asked.url, data={"payer": "good"})
        assert sent.status_code == 303, sent.text
    answer = await till.payment.authorise(order_id, 1, eur(5000), Wallet(), RETURN_URL)
    assert isinstance(answer, Authorised), answer
    return order_id


async def known(till: Till, order_id: UUID) -> dict[str, Any]:
    row = await till.database.row(
        """
        SELECT payments.renewals, payments.expires_at, attempts.processor_id
        FROM payments JOIN attempts USING (order_id, number, attempt) WHERE order_id = $1
        """,
        order_id,
    )
    assert row is not None
    return dict(row)


async def test_a_hold_is_renewed_before_it_lapses_and_captured_by_its_new_name(
    database_url: str, processor: ProcessorProcess, paypal: PayPalPeer, tmp_path: Path
) -> None:
    async with open_till(database_url, processor.url, **settings(paypal, tmp_path)) as till:
        order_id = await held(till)
        first = await known(till, order_id)
        assert (first["expires_at"] - till.clock.now()).days in (28, 29)
        paypal.account("shop").options["days"] = 5
        await pass_days(till, 0)
        assert await known(till, order_id) == first, "not before it is needed"
        await holds_for(till, order_id, 1)  # PayPal's clock does not go with ours
        await pass_days(till, 0)
        renewed = await known(till, order_id)
        assert (renewed["renewals"], renewed["processor_id"] != first["processor_id"]) == (1, True)
        assert renewed["expires_at"] >= first["expires_at"]
        assert await till.events(order_id) == ["payment.authorised"], "nothing lapses"
        assert await till.payment.capture(order_id, uuid4(), eur(5000)) == Captured(eur(5000))
    kinds = [(effect.kind, effect.amount) for effect in paypal.account("shop").effects]
    assert kinds == [("authorise", "50.00"), ("capture", "50.00")]
