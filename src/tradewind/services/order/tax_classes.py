"""Tax classes that staff name in lines of their own words."""

from __future__ import annotations

from collections.abc import Sequence

from tradewind.kernel.errors import Invalid
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.drafts import DraftLine
from tradewind.services.order.shapes.edits import EditLine
from tradewind.services.order.store import terms


async def check_tax_classes(deps: Deps, lines: Sequence[DraftLine | EditLine]) -> None:
    """A class that no country has a rate for is a mistyped one, and would bear no tax.

    Raises Invalid(tax_class_unknown).
    """
    named = {index: line.tax_class for index, line in enumerate(lines) if line.sku is None and line.tax_class}
    if set(named.values()) <= {"standard"}:
        return
    known = await terms.tax_classes(deps.db) | {"standard"}
    for index, tax_class in named.items():
        if tax_class not in known:
            raise Invalid(
                "tax_class_unknown",
                f"no country has a rate for {tax_class}: choose one of {', '.join(sorted(known))},"
                " or set its rate first",
                field=f"lines[{index}].tax_class",
            )
