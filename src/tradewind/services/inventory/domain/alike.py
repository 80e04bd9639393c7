"""Whether two SKUs are one slip of the keyboard apart. Pure."""

from __future__ import annotations


def one_slip_apart(one: str, other: str) -> bool:
    """One character more, less or another, or two neighbours swapped. False for what is the same."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, others = one[start:], other[start:]
    if len(rest) == len(others):
        swapped = rest[1::-1] + rest[2:]
        return bool(rest) and (rest[1:] == others[1:] or swapped == others)
    longer, shorter = (rest, others) if len(rest) > len(others) else (others, rest)
    return longer[1:] == shorter
