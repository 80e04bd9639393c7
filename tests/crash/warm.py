"""Imported once by the server that processes are forked from, so that a start costs a tenth of what it would:
what composing the shop works out for good, they find worked out."""

from __future__ import annotations

import gc

from tests.crash.lives import BEGINS, Place, ShiftedClock, compose

NOWHERE = Place("postgresql://nobody@127.0.0.1:1/nothing", "http://127.0.0.1:1", "nobody")

compose(NOWHERE, ShiftedClock(BEGINS))
gc.collect()
gc.freeze()
