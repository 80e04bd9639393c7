"""HTTP of suppliers and of what they sell."""

from __future__ import annotations

from typing import Any

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import suppliers as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE, named
from tradewind.services.inventory.shapes.suppliers import (
    PerformanceQuery,
    Supplier,
    SupplierChange,
    SupplierCode,
    SupplierDraft,
    SupplierPart,
    SupplierPartDraft,
    SupplierPartName,
    SupplierPartQuery,
    SupplierPerformance,
    SupplierQuery,
)
from tradewind.services.inventory.use_cases.change_supplier import change_supplier
from tradewind.services.inventory.use_cases.create_supplier import create_supplier
from tradewind.services.inventory.use_cases.remove_supplier_part import remove_supplier_part
from tradewind.services.inventory.use_cases.set_supplier_part import set_supplier_part


async def list_suppliers(deps: Deps, call: Call[None, SupplierQuery]) -> Page[Supplier]:
    return await queries.list_suppliers(deps, call.query)


async def post_supplier(deps: Deps, call: Call[SupplierDraft, None]) -> Supplier:
    return await create_supplier(deps, call.body, call.once)


async def get_supplier(deps: Deps, call: Call[None, None]) -> Supplier:
    return await queries.supplier(deps.db, _code(call))


async def patch_supplier(deps: Deps, call: Call[SupplierChange, None]) -> Supplier:
    return await change_supplier(deps, _code(call), call.body, call.once)


async def get_supplier_performance(deps: Deps, call: Call[None, PerformanceQuery]) -> SupplierPerformance:
    return await queries.performance(deps, _code(call), call.query.days)


async def list_supplier_parts(deps: Deps, call: Call[None, SupplierPartQuery]) -> Page[SupplierPart]:
    return await queries.list_parts(deps, call.query)


async def put_supplier_part(deps: Deps, call: Call[SupplierPartDraft, None]) -> SupplierPart:
    return await set_supplier_part(deps, call.body, call.once)


async def delete_supplier_part(deps: Deps, call: Call[None, SupplierPartName]) -> None:
    await remove_supplier_part(deps, call.query, call.once)


def _code(call: Call[Any, Any]) -> str:
    unknown = NotFound("supplier_not_found", "there is no such supplier")
    return named(call.parameters["code"], SupplierCode, unknown)


ROUTES = (
    Route(
        "GET",
        "/v1/suppliers",
        list_suppliers,
        READ,
        "Suppliers, by their codes",
        answer=Page[Supplier],
        query=SupplierQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/v1/suppliers",
        post_supplier,
        WRITE,
        "Create a supplier",
        answer=Supplier,
        body=SupplierDraft,
        status=201,
        errors=((Conflict, "supplier_exists"), (Invalid, "currency_unknown")),
        example={
            "code": "CLAYWORKS",
            "name": "Clayworks Ltd",
            "currency": "EUR",
            "lead_time_days": 10,
            "contacts": [{"name": "Mary Clay", "email": "mary@clayworks.example"}],
        },
    ),
    Route(
        "GET",
        "/v1/suppliers/{code}",
        get_supplier,
        READ,
        "One supplier",
        answer=Supplier,
        errors=((NotFound, "supplier_not_found"),),
    ),
    Route(
        "PATCH",
        "/v1/suppliers/{code}",
        patch_supplier,
        WRITE,
        "Change a supplier; one that is not active is not ordered from",
        answer=Supplier,
        body=SupplierChange,
        errors=((NotFound, "supplier_not_found"), (Invalid, "nothing_to_change")),
        example={"lead_time_days": 14},
    ),
    Route(
        "GET",
        "/v1/suppliers/{code}/performance",
        get_supplier_performance,
        READ,
        "How a supplier did: on time, complete, without defects, and how fast",
        answer=SupplierPerformance,
        query=PerformanceQuery,
        errors=((NotFound, "supplier_not_found"), (Invalid, "invalid_parameter")),
    ),
    Route(
        "GET",
        "/v1/supplier-parts",
        list_supplier_parts,
        READ,
        "What suppliers sell us, the preferred one of a SKU first",
        answer=Page[SupplierPart],
        query=SupplierPartQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "PUT",
        "/v1/supplier-parts",
        put_supplier_part,
        WRITE,
        "Say how a supplier sells a SKU: packs, prices, preference",
        answer=SupplierPart,
        body=SupplierPartDraft,
        errors=((Invalid, "supplier_unknown"), (Invalid, "prices_repeated")),
        example={
            "supplier": "CLAYWORKS",
            "sku": "VASE-CLAY-S",
            "supplier_sku": "CW-17",
            "pack_size": 12,
            "minimum_packs": 2,
            "rank": 1,
            "prices": [{"packs": 1, "pack_price_minor": 7200}, {"packs": 10, "pack_price_minor": 6600}],
        },
    ),
    Route(
        "DELETE",
        "/v1/supplier-parts",
        delete_supplier_part,
        WRITE,
        "A supplier no longer sells a SKU",
        query=SupplierPartName,
        status=204,
        errors=((NotFound, "part_not_found"), (Invalid, "invalid_parameter")),
    ),
)
