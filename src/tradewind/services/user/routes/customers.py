"""Accounts as staff see them."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.services.user import queries
from tradewind.services.user.deps import Deps
from tradewind.services.user.shapes import Customer, CustomerCounts, CustomersQuery, RoleAssignment
from tradewind.services.user.use_cases.assign_roles import assign_roles
from tradewind.services.user.use_cases.close_account import close_account

_NOT_FOUND = (NotFound, "account_not_found")
_ROLES_REFUSED = ((Forbidden, "role_above_own"), (Conflict, "last_administrator"), _NOT_FOUND)


async def get_customers(deps: Deps, call: Call[None, CustomersQuery]) -> Page[Customer]:
    return await queries.customers(deps, call.query)


async def get_customer_counts(deps: Deps, call: Call[None, None]) -> CustomerCounts:
    return await queries.customer_counts(deps)


async def get_customer(deps: Deps, call: Call[None, None]) -> Customer:
    return await queries.customer_by_id(deps, call.uuid("account_id"))


async def put_roles(deps: Deps, call: Call[RoleAssignment, None]) -> Customer:
    return await assign_roles(deps, call.principal, call.uuid("account_id"), call.body, call.once)


async def delete_customer(deps: Deps, call: Call[None, None]) -> None:
    await close_account(deps, call.uuid("account_id"), call.principal.permissions, call.once)


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/customers",
        get_customers,
        permission("customers:read"),
        "Open accounts, newest first; by words of name and address, or by role",
        answer=Page[Customer],
        query=CustomersQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "GET",
        "/v1/customers/counts",
        get_customer_counts,
        permission("customers:read"),
        "How many accounts there are, by role, and how many are new",
        answer=CustomerCounts,
    ),
    Route(
        "GET",
        "/v1/customers/{account_id}",
        get_customer,
        permission("customers:read"),
        "One account",
        answer=Customer,
        errors=(_NOT_FOUND,),
    ),
    Route(
        "PUT",
        "/v1/customers/{account_id}/roles",
        put_roles,
        permission("customers:write"),
        "Give an account these roles and no others",
        answer=Customer,
        body=RoleAssignment,
        errors=_ROLES_REFUSED,
        example={"roles": ["customer", "support"]},
    ),
    Route(
        "DELETE",
        "/v1/customers/{account_id}",
        delete_customer,
        permission("customers:write"),
        "Close an account for good, as its owner could",
        status=204,
        errors=_ROLES_REFUSED,
    ),
)
