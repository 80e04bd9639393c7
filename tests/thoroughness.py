"""How much is tried where more can always be tried: `make test` has minutes, `make test-thorough` an hour."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("TRADEWIND_TEST_THOROUGH") == "1"
