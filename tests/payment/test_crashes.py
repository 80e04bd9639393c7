"""A process that dies before or after any call to the processor leaves what another one brings to its end.

A death between two commits has the same traces as one beside the call that lies between them, so these
points are all there are. tests/crash kills real processes.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.payment.till import Till
from tests.processor import CHALLENGED
from tradewind.contracts.common import Money
from tradewind.contracts.payment import ActionRequired, Authorised, CardToken, Pending
from tradewind.ports.payment_gateway import NotSent
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import PaymentKey
from tradewind.services.payment.use_cases.authorise_payment import authorise_payment
from tradewind.services.payment.use_cases.capture_payment import capture_payment
from tradewind.services.payment.use_cases.close_payment import close_payment
from tradewind.services.payment.use_cases.refund_payment import refund_payment

AMOUNT = Money(5000, "EUR")
BEFORE, AFTER, CUT_OFF = False, True, None


class Death(BaseException):
    """Nothing catches it: as SIGKILL, it leaves what was committed and nothing else."""


class DyingGateway:
    """The real gateway; its process dies before or after the call to `method`, or has no line for it."""

    def __init__(self, gateway: Any, method: str, after: bool | None) -> None:
        self._gateway, self._method, self._after = gateway, method, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._gateway, name)
        if name != self._method:
            return real

        async def dying(*args: Any, **kwargs: Any) -> Any:
            if self._after is None:
                return NotSent("the line was cut just now")
            if self._after:
                await real(*args, **kwargs)
            raise Death

        return dying


def dying(till: Till, method: str, after: bool | None) -> Deps:
    gateways: Any = till.deps.gateways
    mortal: Any = gateways.around(lambda gateway: DyingGateway(gateway, method, after))
    return dataclasses.replace(till.deps, gateways=mortal)


@pytest.mark.parametrize("after", [BEFORE, AFTER])
async def test_an_authorisation_survives(till: Till, after: bool) -> None:
    order_id, token = uuid4(), await till.merchant.token()
    with pytest.raises(Death):
        await authorise_payment(dying(till, "authorise", after), order_id, 1, AMOUNT, CardToken(token), None)
    await till.heal()
    assert isinstance(await till.ask_again(order_id), Authorised)
    assert await till.merchant.effects() == [("authorise", 5000)]
    assert await till.events(order_id) == ["payment.authorised"]


@pytest.mark.parametrize("after", [BEFORE, AFTER])
async def test_an_authorisation_of_an_order_cancelled_meanwhile_leaves_nothing_held(
    till: Till, after: bool
) -> None:
    order_id, token = uuid4(), await till.merchant.token()
    with pytest.raises(Death):
        await authorise_payment(dying(till, "authorise", after), order_id, 1, AMOUNT, CardToken(token), None)
    await till.cancel(order_id)
    await till.heal()
    assert await till.status(order_id) == "voided"


@pytest.mark.parametrize("after", [BEFORE, AFTER])
async def test_a_capture_and_a_refund_survive(till: Till, after: bool) -> None:
    order_id = await till.authorised()
    with pytest.raises(Death):
        await capture_payment(dying(till, "capture", after), order_id, uuid4(), AMOUNT)
    await till.heal()
    assert await till.status(order_id) == "captured"
    with pytest.raises(Death):
        await refund_payment(dying(till, "refund", after), order_id, uuid4(), AMOUNT, "damaged")
    await till.heal()
    assert await till.merchant.effects() == [("authorise", 5000), ("capture", 5000), ("refund", 5000)]
    assert await till.events(order_id) == ["payment.authorised", "payment.captured", "payment.refunded"]


@pytest.mark.parametrize("after", [BEFORE, AFTER])
async def test_a_void_survives(till: Till, after: bool) -> None:
    order_id = await till.authorised()
    await till.cancel(order_id)
    with pytest.raises(Death):
        await close_payment(dying(till, "void", after), PaymentKey(order_id, 1))
    await till.heal()
    assert await till.status(order_id) == "voided"
    assert await till.events(order_id) == ["payment.authorised", "payment.voided"]


@pytest.mark.parametrize("after", [BEFORE, AFTER])
async def test_the_end_of_a_challenge_survives(till: Till, after: bool) -> None:
    order_id = uuid4()
    assert isinstance(await till.pay(CHALLENGED, order_id=order_id), ActionRequired)
    till.clock.ahead += timedelta(minutes=31)
    with pytest.raises(Death):
        token = await till.merchant.token()
        await authorise_payment(dying(till, "void", after), order_id, 1, AMOUNT, CardToken(token), None)
    await till.later(seconds=30)
    assert await till.status(order_id) == "declined"
    assert isinstance(await till.pay(order_id=order_id, attempt=2), Authorised)


@pytest.mark.parametrize("cut_off", [("find_authorisation", "find_move"), ("authorise", "capture")])
async def test_what_a_dead_process_may_have_sent_never_counts_as_not_sent(
    till: Till, cut_off: tuple[str, str]
) -> None:
    order_id, token = uuid4(), await till.merchant.token()
    with pytest.raises(Death):
        await authorise_payment(dying(till, "authorise", BEFORE), order_id, 1, AMOUNT, CardToken(token), None)
    till.clock.ahead += timedelta(seconds=30)
    cut = dying(till, cut_off[0], CUT_OFF)
    assert await authorise_payment(cut, order_id, 1, AMOUNT, CardToken(token), None) == Pending()
    assert await till.database.value("SELECT state FROM attempts") == "unknown"
    other, capture_id = await till.authorised(), uuid4()
    with pytest.raises(Death):
        await capture_payment(dying(till, "capture", BEFORE), other, capture_id, AMOUNT)
    till.clock.ahead += timedelta(seconds=30)
    cut = dying(till, cut_off[1], CUT_OFF)
    assert await capture_payment(cut, other, capture_id, AMOUNT) == Pending()
    assert await till.database.value("SELECT state FROM operations") == "unknown"


async def test_the_second_try_may_die_too(till: Till) -> None:
    order_id, token = uuid4(), await till.merchant.token()
    with pytest.raises(Death):
        await authorise_payment(dying(till, "authorise", BEFORE), order_id, 1, AMOUNT, CardToken(token), None)
    for method, after in (("find_authorisation", BEFORE), ("authorise", BEFORE), ("authorise", AFTER)):
        till.clock.ahead += timedelta(seconds=30)
        with pytest.raises(Death):
            await authorise_payment(dying(till, method, after), order_id, 1, AMOUNT, CardToken(token), None)
    await till.heal()
    assert await till.status(order_id) == "authorised"
    assert await till.merchant.effects() == [("authorise", 5000)]
