"""Secrets at rest: a value opens with its key, for its purpose, at its place, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.kernel.sealing import Sealer, UnsealingError

KEY, OTHER_KEY = "a secret key of at least 32 characters", "another secret key of 32 characters or so"


@given(st.binary(max_size=200), st.text(max_size=50))
def test_a_value_opens_where_it_was_sealed(value: bytes, place: str) -> None:
    sealer = Sealer(KEY, "tokens")
    sealed = sealer.seal(value, place)
    assert Sealer(KEY, "tokens").unseal(sealed, place) == value
    assert value == b"" or value not in sealed or len(value) < 4
    assert sealer.seal(value, place) != sealed  # equal values cannot be told by their sealed forms


@pytest.mark.parametrize(
    ("sealer", "place"),
    [
        (Sealer(OTHER_KEY, "tokens"), "orders:1"),
        (Sealer(KEY, "other tokens"), "orders:1"),
        (Sealer(KEY, "tokens"), "orders:2"),
    ],
)
def test_a_value_opens_with_no_other_key_purpose_or_place(sealer: Sealer, place: str) -> None:
    sealed = Sealer(KEY, "tokens").seal(b"tok_4242", "orders:1")
    with pytest.raises(UnsealingError):
        sealer.unseal(sealed, place)


@pytest.mark.parametrize("damaged", [b"", b"short", slice(0, -1), slice(1, None)])
def test_a_value_that_was_changed_does_not_open(damaged: bytes | slice) -> None:
    sealer = Sealer(KEY, "tokens")
    sealed = sealer.seal(b"tok_4242", "orders:1")
    with pytest.raises(UnsealingError):
        sealer.unseal(sealed[damaged] if isinstance(damaged, slice) else damaged, "orders:1")


def test_a_mac_is_equal_for_equal_values_and_for_one_key_and_purpose_alone() -> None:
    mac = Sealer(KEY, "tokens").mac(b"ada@example.com")
    assert mac == Sealer(KEY, "tokens").mac(b"ada@example.com")
    others = (Sealer(OTHER_KEY, "tokens"), Sealer(KEY, "other"))
    assert mac not in {other.mac(b"ada@example.com") for other in others}
    assert mac != Sealer(KEY, "tokens").mac(b"eve@example.com")
