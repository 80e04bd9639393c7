"""Mistakes that the simulator must find: each a change of our own code, as somebody might make it.

`python -m tests.simulation.planted` plants them one at a time in a copy of the code and simulates until a promise
breaks; a mistake that 2,000 seeds do not show is a gap of the simulator. Results: docs/simulation.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import tradewind

MOST_SEEDS = 2_000
SOURCES = Path(tradewind.__file__).parent


@dataclass(frozen=True)
class Mistake:
    """`old` stands in `file` once, and becomes `new`."""

    name: str
    file: str
    old: str
    new: str


MISTAKES = (
    Mistake(
        "stock: what is there is looked up before the lock, not in the write",
        "services/inventory/store/reservations.py",
        "    ORDER BY stock.sku, stock.warehouse\n    FOR NO KEY UPDATE OF stock\n),\nranked",
        "),\nranked",
    ),
    Mistake(
        "stock: two lines of one SKU are not summed",
        "services/inventory/domain/__init__.py",
        "wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity",
        "wanted[line.sku] = line.quantity",
    ),
    Mistake(
        "stock: a release ends the reservation and keeps its pieces",
        "services/inventory/use_cases/release_stock.py",
        "returned = await reservations.give_back(tx, owner_ids, outcome, actor, now)",
        "returned: list[Allocation] = []",
    ),
    Mistake(
        "stock: an order cancelled before it reserved leaves nothing behind, and reserves later",
        "services/inventory/use_cases/release_stock.py",
        "        if await reservations.close_unknown(tx, owner_id, deps.clock.now()):\n            return",
        "        return",
    ),
    Mistake(
        "stock: a shipment sent twice ships twice",
        "services/order/use_cases/fulfil_order.py",
        "await deps.inventory.ship(order.order_id, fulfilment.fulfilment_id, lines)",
        "await deps.inventory.ship(order.order_id, deps.clock.new_id(), lines)",
    ),
    Mistake(
        "order: a state moves whatever it was",
        "services/order/store/orders.py",
        "WHERE order_id = $1 AND state = $2 AND payment_attempt = $3",
        "WHERE order_id = $1 AND payment_attempt = $3 AND $2::text IS NOT NULL",
    ),
    Mistake(
        "order: a cart is ordered whatever its state and version",
        "services/order/store/placing.py",
        "WHERE cart_id = $2 AND version = $3 AND state = 'open' RETURNING cart_id",
        "WHERE cart_id = $2 AND $3::int IS NOT NULL RETURNING cart_id",
    ),
    Mistake(
        "order: the event of a cancellation leaves after the commit",
        "services/order/use_cases/pay_order.py",
        "        await deps.outbox.append(tx, telling.cancelled(deps, cancelled, reason))",
        """
        async def tell() -> None:
            async with deps.db.begin() as another:
                await deps.outbox.append(another, telling.cancelled(deps, cancelled, reason))

        tx.after_commit(lambda: __import__("asyncio").ensure_future(tell()))""",
    ),
    Mistake(
        "order: an order placed tells nobody",
        "services/order/use_cases/pay_order.py",
        "            await deps.outbox.append(tx, telling.placed(deps, placed, awaited))\n",
        "",
    ),
    Mistake(
        "order: a cancelled order keeps its use of a code",
        "services/order/use_cases/pay_order.py",
        "        await discounts.give_back(tx, order.order_id)\n",
        "",
    ),
    Mistake(
        "order: a refund is asked for anew with a new key each time",
        "services/order/use_cases/refund_order.py",
        "outcome = await deps.payment.refund(order.order_id, refund.refund_id,",
        "outcome = await deps.payment.refund(order.order_id, deps.clock.new_id(),",
    ),
    Mistake(
        "order: a capture is asked for anew with a new key each time",
        "services/order/use_cases/fulfil_order.py",
        "deps.payment.capture(order.order_id, fulfilment.fulfilment_id,",
        "deps.payment.capture(order.order_id, deps.clock.new_id(),",
    ),
    Mistake(
        "order: nobody drives on what was left in the middle",
        "services/order/store/orders.py",
        "SELECT order_id FROM orders WHERE resume_at <= $1 ORDER BY resume_at",
        "SELECT order_id FROM orders WHERE resume_at <= $1 AND false ORDER BY resume_at",
    ),
    Mistake(
        "payment: no answer is taken for a decline",
        "services/payment/domain.py",
        'AttemptMove("unknown" if state == "processing" else None, detail=reason)',
        'AttemptMove("declined", decline_code="no_answer", detail=reason)',
    ),
    Mistake(
        "payment: no answer to a capture or refund is taken for a failure",
        "services/payment/domain.py",
        'OperationMove("unknown" if state == "processing" else None, detail=reason)',
        'OperationMove("failed", None, "no_answer", reason, detail=reason)',
    ),
    Mistake(
        "payment: what is sent again has a new reference",
        "services/payment/use_cases/settle_attempt.py",
        "        reference=attempt.reference,\n        amount_minor",
        '        reference=f"{attempt.reference}-{attempt.tries}",\n        amount_minor',
    ),
    Mistake(
        "payment: a void that was asked for is forgotten where the authorisation comes late",
        "services/payment/store/attempts.py",
        "closing_due_at = CASE WHEN void_requested_at IS NOT NULL THEN $12 END",
        "closing_due_at = NULL",
    ),
    Mistake(
        "payment: what may still arrive is given up at once",
        "services/payment/use_cases/settle_attempt.py",
        "Abandoned() if deps.clock.now() >= settled_at else found",
        "Abandoned() if settled_at else found",
    ),
    Mistake(
        "payment: captures are not counted while they are under way",
        "services/payment/store/operations.py",
        "AND {amounts.done} + {amounts.in_flight} + $4 <= {amounts.limit}",
        "AND {amounts.done} + $4 <= {amounts.limit}",
    ),
    Mistake(
        "payment: a cancelled order gives nothing back",
        "services/payment/jobs.py",
        "    due = await queries.due_closings(",
        "    return 0\n    due = await queries.due_closings(",
    ),
    Mistake(
        "events: a repeat has its effect again",
        "kernel/inbox.py",
        "if await self._first_time(tx, envelope, subscriber):",
        "if [await self._first_time(tx, envelope, subscriber)]:",
    ),
    Mistake(
        "events: whoever failed to take one is taken to have it",
        "kernel/relay.py",
        "if subscriber not in inbox.subscriptions or await inbox.receive(envelope, subscriber):",
        "if subscriber not in inbox.subscriptions or [await inbox.receive(envelope, subscriber)]:",
    ),
    Mistake(
        "events: what is claimed counts as delivered",
        "kernel/outbox.py",
        "            SET tries = tries + 1,\n                claimed_until",
        "            SET tries = tries + 1, awaiting = '{}',\n                claimed_until",
    ),
    Mistake(
        "keys: an answer is not kept with its effect",
        "kernel/idempotency.py",
        "                await self._insert(tx, self._stored(self.encoded))",
        "                self._stored(self.encoded)",
    ),
    Mistake(
        "purchasing: a delivery that was booked is booked again",
        "services/inventory/use_cases/receive_purchase_order.py",
        "if not await _received_before(tx, order_id, command):",
        "if not await _received_before(tx, order_id, command) or was in EXPECTED_OF:",
    ),
)


def plant(mistake: Mistake, folder: Path) -> None:
    """A copy of the code with the mistake in it. Raises ValueError where its place has changed."""
    shutil.copytree(SOURCES, folder / "tradewind", ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "tradewind" / mistake.file
    text = path.read_text(encoding="utf-8")
    if text.count(mistake.old) != 1:
        raise ValueError(f"{mistake.name}: {mistake.file} has its place {text.count(mistake.old)} times")
    path.write_text(text.replace(mistake.old, mistake.new), encoding="utf-8")


def simulate(folder: Path, seeds: int) -> tuple[bool, str]:
    """Whether a promise broke, and what was printed."""
    tests = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.simulation", f"--seeds={seeds}", "--until-wrong"],
        env={**os.environ, "PYTHONPATH": f"{folder}:{tests}"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = " breaks " in ran.stdout
    if ran.returncode != found:
        raise RuntimeError(ran.stderr[-2000:] or ran.stdout[-2000:])
    return found, ran.stdout


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted", description=__doc__)
    parser.add_argument("--seeds", type=int, default=MOST_SEEDS, help="how many a mistake")
    parser.add_argument("only", nargs="*", help="those whose names have this in them")
    arguments = parser.parse_args()
    missed = 0
    for mistake in MISTAKES:
        if arguments.only and not any(part in mistake.name for part in arguments.only):
            continue
        began = time.monotonic()
        with TemporaryDirectory(prefix="tradewind-planted-") as folder:
            plant(mistake, Path(folder))
            found, output = simulate(Path(folder), arguments.seeds)
        missed += not found
        lines = output.splitlines()
        shown = f"{lines[0].rstrip(':')}: {lines[1].strip()[:110]}" if found else "NOT FOUND"
        print(f"{mistake.name}\n    {shown} ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{missed} not found")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
