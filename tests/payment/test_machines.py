"""What is drawn is what decides."""

from __future__ import annotations

from tradewind.services.payment.machines import DISPUTE_TRANSITIONS, MACHINES
from tradewind.services.payment.store.disputes import OPEN


def test_every_machine_is_whole_and_ends() -> None:
    assert set(MACHINES) == {"authorise", "capture", "purchase", "void", "refund", "chargeback"}
    for machine in MACHINES.values():
        reached, left = set(machine.beginnings), list(machine.beginnings)
        while left:
            for to in machine.moves[left.pop()] - reached:
                reached.add(to)
                left.append(to)
        assert reached == set(machine.moves), machine.name
        assert any(not following for following in machine.moves.values())


def test_a_dispute_is_followed_as_long_as_it_may_move() -> None:
    assert set(OPEN) == {state for state, following in DISPUTE_TRANSITIONS.items() if following}
