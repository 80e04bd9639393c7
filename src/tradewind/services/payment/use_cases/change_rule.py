"""Staff say which processors payments are tried at, and which stand in."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.methods import Rule, RuleBody
from tradewind.services.payment.store import rules


async def change_rule(deps: Deps, rule_id: UUID | None, body: RuleBody, once: Once) -> Rule:
    """A new one without `rule_id`. Raises Invalid(processor_unknown), Invalid(range_needs_currency),
    Invalid(range_invalid), Invalid(currency_unknown), NotFound(rule_not_found)."""
    _check(deps, body)
    async with deps.db.begin() as tx:
        known_id = rule_id or deps.clock.new_id()
        rule = await rules.put(tx, known_id, body, deps.clock.now(), new=rule_id is None)
        if rule is None:
            raise NotFound("rule_not_found", "there is no such rule")
        return await once.answer(tx, rule)


async def delete_rule(deps: Deps, rule_id: UUID, once: Once) -> None:
    async with deps.db.begin() as tx:
        if not await rules.remove(tx, rule_id):
            raise NotFound("rule_not_found", "there is no such rule")
        await once.answer(tx, None)


def _check(deps: Deps, body: RuleBody) -> None:
    check_currency(body.currency)
    unknown = [name for name in body.processors if name not in deps.gateways.names]
    if unknown or len(set(body.processors)) < len(body.processors):
        there = ", ".join(deps.gateways.names)
        raise Invalid("processor_unknown", f"each once, of these: {there}", field="processors")
    if body.currency is None and (body.from_minor is not None or body.to_minor is not None):
        raise Invalid("range_needs_currency", "a range of amounts is of a currency", field="currency")
    if body.from_minor is not None and body.to_minor is not None and body.from_minor > body.to_minor:
        raise Invalid("range_invalid", "`from_minor` is at most `to_minor`", field="from_minor")
