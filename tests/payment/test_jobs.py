"""A job's pieces of work: one that fails keeps no other from its turn, and an outage hides no bug."""

from __future__ import annotations

import pytest

from tradewind.kernel.errors import Unavailable
from tradewind.services.payment.jobs import do_all


async def test_all_are_done_and_what_is_no_outage_is_raised() -> None:
    done = []

    async def work(number: int, error: Exception | None = None) -> None:
        if error is not None:
            raise error
        done.append(number)

    outage = Unavailable("service_unavailable", "no answer")
    with pytest.raises(KeyError, match="a bug"):
        await do_all([work(1), work(2, outage), work(3, KeyError("a bug")), work(4)])
    assert done == [1, 4]
    with pytest.raises(Unavailable):
        await do_all([work(5, outage), work(6)])
    with pytest.raises(ExceptionGroup, match="2 of 3 failed") as raised:
        await do_all([work(7, KeyError("one")), work(8, outage), work(9, ValueError("another"))])
    assert [type(error) for error in raised.value.exceptions] == [KeyError, ValueError]
    await do_all([])
    assert done == [1, 4, 6]
