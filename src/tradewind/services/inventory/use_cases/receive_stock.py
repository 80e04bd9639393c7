"""A delivery comes in."""

from __future__ import annotations

import msgspec

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation, UniqueViolation
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause, Change, received
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import InputWords, move_in, too_large
from tradewind.services.inventory.shapes import Receipt, ReceiptDraft, ReceiptLine
from tradewind.services.inventory.store import bins, references
from tradewind.services.inventory.store.stock import UnknownWarehouses
from tradewind.services.inventory.use_cases.adjust_stock import unknown_warehouse


async def receive_stock(deps: Deps, command: ReceiptDraft, actor: str, once: Once) -> Receipt:
    """Once a reference: the same delivery again is answered as the first time.

    Raises Conflict(receipt_exists) for another delivery under a known reference, Invalid(warehouse_unknown),
    Conflict(on_hand_too_large); of SKUs with lots Invalid(lot_required, serial_one_piece), Conflict(serial_exists,
    expiry_differs).
    """
    lines = received(
        [Change(line.sku, line.warehouse, line.quantity, line.lot, line.expires_on) for line in command.lines]
    )
    receipt = Receipt(
        command.reference,
        [ReceiptLine(line.sku, line.warehouse, line.quantity, line.lot, line.expires_on) for line in lines],
        deps.clock.now(),
    )
    try:
        return await _receive(deps, receipt, lines, _words(command, lines), actor, once)
    except UnknownWarehouses as unknown:
        code = unknown.codes[0]
        index = next(i for i, line in enumerate(command.lines) if line.warehouse == code)
        raise unknown_warehouse(code, f"lines[{index}].warehouse") from unknown
    except CheckViolation as violation:
        raise too_large(violation, "lines") from violation
    except UniqueViolation as violation:
        if violation.constraint != "receipts_pkey":
            raise
    return await _answer_again(deps, receipt, once)


def _words(command: ReceiptDraft, lines: list[Change]) -> InputWords:
    """Lines were summed and sorted: what is wrong is said of the first that was sent of its kind."""
    sent = [(line.sku, line.warehouse, line.lot) for line in command.lines]
    first = [sent.index((line.sku, line.warehouse, line.lot)) for line in lines]
    return InputWords(lambda index: f"lines[{first[index]}].")


async def _receive(
    deps: Deps, receipt: Receipt, lines: list[Change], words: InputWords, actor: str, once: Once
) -> Receipt:
    now = receipt.received_at
    async with deps.db.begin() as tx:
        text = msgspec.json.encode(receipt.lines).decode()
        await references.add_receipt(tx, receipt.reference, text, actor, now)
        moves = [
            Move(line.sku, line.warehouse, on_hand=line.quantity, lot=line.lot, expires_on=line.expires_on)
            for line in lines
        ]
        cause = Cause("receive", "", actor, receipt.reference)
        short = await move_in(deps, tx, moves, cause, now, words)
        assert not short, "a delivery only adds"
        tasks = [(deps.clock.new_id(), line.warehouse, line.sku, line.quantity) for line in lines]
        await bins.add_tasks(tx, tasks, receipt.reference, now)
        return await once.answer(tx, receipt)


async def _answer_again(deps: Deps, receipt: Receipt, once: Once) -> Receipt:
    async with deps.db.begin() as tx:
        known = await queries.receipt(tx, receipt.reference)
        if known.lines != receipt.lines:
            raise Conflict(
                "receipt_exists",
                f"a delivery {receipt.reference} with other lines was received: use another reference, or adjust",
                field="reference",
            )
        return await once.answer(tx, known)
