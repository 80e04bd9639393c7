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
from tradewind.services.inventory.queries import transfers as queries
from tradewind.services.inventory.shapes.transfers import ArrivedDraft, Transfer, TransferReceiptDraft
from tradewind.services.inventory.store import documents, transfers
from tradewind.services.inventory.store.transfers import Part


async def receive_transfer(
    deps: Deps, transfer_id: UUID, command: TransferReceiptDraft, actor: str, once: Once
) -> Transfer:
    """Once a reference: the same arrival again is answered with the transfer as it is.

    Raises NotFound; Conflict: state_conflict, receipt_exists, over_received; Invalid: sku_not_sent,
    nothing_received.
    """
    lines = _summed(command)
    async with deps.db.begin() as tx:
        was = await documents.lock(tx, TRANSFERS, transfer_id)
        before = await transfers.received_before(tx, transfer_id, command.reference)
        if before is None:
            if was not in UNDER_WAY:
                raise Conflict("state_conflict", f"it is {was}: nothing of it is on its way")
            await _receive(deps, tx, transfer_id, was, command.reference, lines, actor)
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
    actor: str,
) -> None:
    now = deps.clock.now()
    transfer = await transfers.header(tx, transfer_id)
    sent = await transfers.in_transit(tx, transfer_id)
    _check(sent, lines)
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
    await take_in(deps, tx, arrived, Cause("transfer_in", f"from {transfer.source}", actor, name), now)
    await expect(tx, lost, Cause("expect", "missing of a transfer", actor, name), now)
    await _move(tx, transfer_id, was, f"arrival {reference}", actor, now)


def _check(sent: dict[Part, int], lines: list[ArrivedDraft]) -> None:
    for line in lines:
        if (line.sku, line.lot) not in sent:
            raise Invalid("sku_not_sent", f"{line.sku} was not sent with this transfer", field="lines")
        if _all(line) > sent[line.sku, line.lot]:
            message = f"{sent[line.sku, line.lot]} of {line.sku} are still on their way"
            details = {"sku": line.sku, "most": sent[line.sku, line.lot]}
            raise Conflict("over_received", message, field="lines", details=details)


async def _move(tx: Transaction, transfer_id: UUID, was: str, words: str, actor: str, now: datetime) -> None:
    left = await transfers.in_transit(tx, transfer_id)
    to = "partly_received" if any(left.values()) else "received"
    await documents.move(tx, TRANSFERS, transfer_id, was, to, actor, now, words)
