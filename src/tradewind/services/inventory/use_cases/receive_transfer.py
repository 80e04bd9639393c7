"""Pieces arrive from another warehouse: good, damaged, or missing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.inventory.arriving import expect, take_in
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.documents import TRANSFERS, UNDER_WAY
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import InputWords
from tradewind.services.inventory.queries import transfers as queries
from tradewind.services.inventory.shapes.transfers import ArrivedDraft, Transfer, TransferReceiptDraft
from tradewind.services.inventory.store import documents, transfers
from tradewind.services.inventory.store.transfers import Part


async def receive_transfer(
    deps: Deps, transfer_id: UUID, command: TransferReceiptDraft, actor: str, once: Once
) -> Transfer:
    """Once a reference: the same arrival again is answered with the transfer as it is.

    Raises NotFound; Conflict: state_conflict, receipt_exists, over_received, expiry_differs where the lot expires on
    another day here than where it came from; Invalid: sku_not_sent, lot_required, nothing_received.
    """
    lines = _summed(command)
    sent_as = [(line.sku, line.lot) for line in command.lines]
    async with deps.db.begin() as tx:
        was = await documents.lock(tx, TRANSFERS, transfer_id)
        before = await transfers.received_before(tx, transfer_id, command.reference)
        if before is None:
            if was not in UNDER_WAY:
                raise Conflict("state_conflict", f"it is {was}: nothing of it is on its way")
            await _receive(deps, tx, transfer_id, was, command.reference, lines, sent_as, actor)
        elif msgspec.json.decode(before, type=list[ArrivedDraft]) != lines:
            message = (
                f"an arrival {command.reference} with other contents was received: use another reference"
            )
            raise Conflict("receipt_exists", message, field="reference")
        return await once.answer(tx, await queries.transfer(tx, transfer_id))


def _summed(command: TransferReceiptDraft) -> list[ArrivedDraft]:
    total: dict[Part, ArrivedDraft] = {}
    for line in command.lines:
        one = total.get((line.sku, line.lot), ArrivedDraft(line.sku))
        total[line.sku, line.lot] = ArrivedDraft(
            line.sku,
            one.received + line.received,
            one.damaged + line.damaged,
            one.missing + line.missing,
            line.lot,
        )
    if not any(_all(line) for line in total.values()):
        raise Invalid("nothing_received", "say of at least one piece what became of it", field="lines")
    return [line for _, line in sorted(total.items(), key=lambda p: (p[0][0], p[0][1] or "")) if _all(line)]


def _all(line: ArrivedDraft) -> int:
    return line.received + line.damaged + line.missing


async def _receive(
    deps: Deps,
    tx: Transaction,
    transfer_id: UUID,
    was: str,
    reference: str,
    lines: list[ArrivedDraft],
    sent_as: list[Part],
    actor: str,
) -> None:
    now = deps.clock.now()
    transfer = await transfers.header(tx, transfer_id)
    sent = await transfers.in_transit(tx, transfer_id)
    _check(sent, lines, sent_as)
    await transfers.add_receipt(tx, transfer_id, reference, msgspec.json.encode(lines).decode(), actor, now)
    await transfers.count_arrived(tx, transfer_id, lines)
    here, name = transfer.destination, f"{transfer.number}/{reference}"
    expiries = await transfers.expiries(tx, transfer.source, [(line.sku, line.lot) for line in lines])
    arrived = [
        Move(
            line.sku,
            here,
            line.received,
            line.damaged,
            incoming=-(line.received + line.damaged),
            lot=line.lot,
            expires_on=expiries.get((line.sku, line.lot)),
        )
        for line in lines
        if line.received + line.damaged
    ]
    lost = [Move(line.sku, here, incoming=-line.missing) for line in lines if line.missing]
    cause = Cause("transfer_in", f"from {transfer.source}", actor, name)
    sent_lines = [sent_as.index((move.sku, move.lot)) for move in arrived]
    words = InputWords(lambda index: f"lines[{sent_lines[index]}].", day="lot")
    await take_in(deps, tx, arrived, cause, now, words)
    await expect(tx, lost, Cause("expect", "missing of a transfer", actor, name), now)
    await _move(tx, transfer_id, was, f"arrival {reference}", actor, now)


def _check(sent: dict[Part, int], lines: list[ArrivedDraft], sent_as: list[Part]) -> None:
    for line in lines:
        field = f"lines[{sent_as.index((line.sku, line.lot))}]"
        if (line.sku, line.lot) not in sent:
            known = sorted(lot for sku, lot in sent if sku == line.sku and lot)
            if known and line.lot is None:
                message = f"{line.sku} was sent by lot or serial number: say which of {', '.join(known[:5])}"
                raise Invalid("lot_required", message, field=f"{field}.lot")
            what = f"{line.lot} of {line.sku}" if line.lot else line.sku
            raise Invalid("sku_not_sent", f"{what} was not sent with this transfer", field=f"{field}.sku")
        if _all(line) > sent[line.sku, line.lot]:
            message = f"{sent[line.sku, line.lot]} of {line.sku} are still on their way"
            details = {"sku": line.sku, "most": sent[line.sku, line.lot]}
            raise Conflict("over_received", message, field=field, details=details)


async def _move(tx: Transaction, transfer_id: UUID, was: str, words: str, actor: str, now: datetime) -> None:
    left = await transfers.in_transit(tx, transfer_id)
    to = "partly_received" if any(left.values()) else "received"
    await documents.move(tx, TRANSFERS, transfer_id, was, to, actor, now, words)
