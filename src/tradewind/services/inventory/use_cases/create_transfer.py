"""A transfer is drafted: nothing leaves yet."""

from __future__ import annotations

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import ForeignKeyViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import TRANSFERS
from tradewind.services.inventory.queries import transfers as queries
from tradewind.services.inventory.shapes.transfers import Transfer, TransferDraft
from tradewind.services.inventory.store import documents, transfers
from tradewind.services.inventory.store.transfers import Part


async def create_transfer(deps: Deps, command: TransferDraft, actor: str, once: Once) -> Transfer:
    """Raises Invalid: warehouse_unknown, same_warehouse, sku_repeated."""
    if command.source == command.destination:
        raise Invalid("same_warehouse", "name two warehouses", field="destination")
    pieces: dict[Part, int] = {}
    for index, line in enumerate(command.lines):
        if (line.sku, line.lot) in pieces:
            raise Invalid("sku_repeated", f"name {line.sku} in one line", field=f"lines[{index}].sku")
        pieces[line.sku, line.lot] = line.quantity
    now, transfer_id = deps.clock.now(), deps.clock.new_id()
    try:
        async with deps.db.begin() as tx:
            number = await documents.next_number(tx, TRANSFERS)
            await transfers.insert(tx, transfer_id, number, command, pieces, actor, now)
            await documents.begin(tx, transfer_id, "draft", actor, now)
            return await once.answer(tx, await queries.transfer(tx, transfer_id))
    except ForeignKeyViolation as violation:
        field = "source" if violation.constraint == "transfers_source_fkey" else "destination"
        message = f"there is no warehouse {getattr(command, field)}: create it first"
        raise Invalid("warehouse_unknown", message, field=field) from violation
