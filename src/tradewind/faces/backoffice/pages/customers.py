"""Customers: found, seen with their orders, given roles, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.contracts.user import PERMISSIONS, ROLES
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

LIST = "/admin/customers"
ORDERS_SHOWN = 20


async def show_customers(visit: Visit) -> Response:
    asked = visit.query
    role = asked["role"] if asked["role"] in ROLES else ""
    errors: dict[str, str] = {}
    customers: Mapping[str, Any] = {"items": [], "next": None}
    counts = await visit.api.get("/v1/customers/counts")
    try:
        customers = await visit.api.get(
            "/v1/customers", q=asked["q"] or None, role=role or None, limit=25, cursor=asked["cursor"] or None
        )
    except ApiProblem as problem:
        errors = by_field(visit, problem)
    return await page(
        visit,
        "customers.html",
        customers=customers,
        counts=counts,
        role=role,
        roles=list(ROLES),
        errors=errors,
        filtered=bool(asked["q"] or role),
    )


async def show_customer(visit: Visit, errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
    account_id = visit.parameter("account_id")
    sees_orders = visit.may("orders:read")
    customer, orders, summary = await visit.api.together(
        visit.api.get(f"/v1/customers/{account_id}"),
        visit.api.get("/v1/orders", account_id=account_id, limit=ORDERS_SHOWN) if sees_orders else _none(),
        visit.api.find(f"/v1/orders/customers/{account_id}/summary") if sees_orders else _none(),
    )
    return await page(
        visit,
        "customer.html",
        status,
        customer=customer,
        orders=orders,
        summary=summary,
        roles=ROLES,
        permissions=PERMISSIONS,
        own=str(visit.request.principal.account_id) == account_id,
        errors=errors or {},
    )


async def _none() -> None:
    return None


async def assign_roles(visit: Visit) -> Response:
    form, account_id = await visit.form(), visit.parameter("account_id")
    roles = [role for role in form.all("role") if role in ROLES]
    if not roles:
        return await show_customer(visit, {"roles": mistake(visit, "required")}, 422)
    try:
        await visit.api.put(f"/v1/customers/{account_id}/roles", {"roles": roles}, key=form["key"])
    except ApiProblem as problem:
        return await show_customer(visit, by_field(visit, problem, ("roles",)), problem.status)
    return done(visit, f"{LIST}/{account_id}", "roles_changed")


async def show_close(visit: Visit, errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
    customer = await visit.api.get(f"/v1/customers/{visit.parameter('account_id')}")
    return await page(visit, "customer_close.html", status, customer=customer, errors=errors or {})


async def close_account(visit: Visit) -> Response:
    form = await visit.form()
    try:
        await visit.api.delete(f"/v1/customers/{visit.parameter('account_id')}", key=form["key"])
    except ApiProblem as problem:
        return await show_close(visit, by_field(visit, problem), problem.status)
    return done(visit, LIST, "account_closed")
