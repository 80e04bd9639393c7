"""How much is tried where more can always be tried: `make test-thorough` takes its time, `make test` cannot."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("TRADEWIND_TEST_THOROUGH") == "1"


def repetitions(few: int, many: int = 1000) -> int:
    """How often a race is run."""
    return many if THOROUGH else few
