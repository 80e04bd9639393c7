"""The pages of purchasing and of work in warehouses."""

from __future__ import annotations

from tradewind.faces.backoffice.pages import (
    bins,
    counts,
    holds,
    low_stock,
    picking,
    purchases,
    receiving,
    suppliers,
    transfers,
)
from tradewind.faces.kit.visit import View

READ, WRITE = "inventory:read", "inventory:write"
SUPPLIER = "/admin/suppliers/{code}"
PURCHASE = "/admin/purchase-orders/{purchase_order_id}"
TRANSFER = "/admin/transfers/{transfer_id}"
COUNT = "/admin/counts/{count_id}"
PICKS = "/admin/pick-lists/{pick_list_id}"
HOLD = "/admin/stock/holds/{owner_id}"

WAREHOUSE_VIEWS: tuple[View, ...] = (
    View("GET", "/admin/suppliers", suppliers.show_suppliers, READ, staff=True),
    View("POST", "/admin/suppliers", suppliers.create_supplier, WRITE, staff=True),
    View("GET", SUPPLIER, suppliers.show_supplier, READ, staff=True),
    View("POST", SUPPLIER, suppliers.save_supplier, WRITE, staff=True),
    View("POST", f"{SUPPLIER}/parts", suppliers.save_part, WRITE, staff=True),
    View("POST", f"{SUPPLIER}/parts/remove", suppliers.remove_part, WRITE, staff=True),
    View("GET", "/admin/purchase-orders", purchases.show_purchases, READ, staff=True),
    View("GET", "/admin/purchase-orders/new", purchases.show_new_purchase, WRITE, staff=True),
    View("POST", "/admin/purchase-orders/new", purchases.create_purchase, WRITE, staff=True),
    View("GET", PURCHASE, purchases.show_purchase, READ, staff=True),
    View("GET", f"{PURCHASE}/print", purchases.print_purchase, READ, staff=True),
    View("GET", f"{PURCHASE}/csv", purchases.download_purchase, READ, staff=True),
    View("POST", f"{PURCHASE}/lines", purchases.change_lines, WRITE, staff=True),
    View("POST", f"{PURCHASE}/move", purchases.move_purchase, WRITE, staff=True),
    View("POST", f"{PURCHASE}/receive", purchases.receive_purchase, WRITE, staff=True),
    View("GET", "/admin/bins", bins.show_bins, READ, staff=True),
    View("POST", "/admin/bins", bins.save_bins, WRITE, staff=True),
    View("GET", "/admin/receiving", receiving.show_receiving, READ, staff=True),
    View("POST", "/admin/receiving/{task_id}", receiving.put_away, WRITE, staff=True),
    View("GET", "/admin/transfers", transfers.show_transfers, READ, staff=True),
    View("POST", "/admin/transfers", transfers.create_transfer, WRITE, staff=True),
    View("GET", TRANSFER, transfers.show_transfer, READ, staff=True),
    View("POST", f"{TRANSFER}/move", transfers.move_transfer, WRITE, staff=True),
    View("POST", f"{TRANSFER}/receive", transfers.receive_transfer, WRITE, staff=True),
    View("GET", "/admin/counts", counts.show_counts, READ, staff=True),
    View("POST", "/admin/counts", counts.plan_count, WRITE, staff=True),
    View("POST", "/admin/counts/adjustments/{adjustment_id}", counts.decide_adjustment, WRITE, staff=True),
    View("GET", COUNT, counts.show_count, READ, staff=True),
    View("POST", f"{COUNT}/tally", counts.tally_count, WRITE, staff=True),
    View("POST", f"{COUNT}/decide", counts.decide_count, WRITE, staff=True),
    View("GET", "/admin/pick-lists", picking.show_pick_lists, READ, staff=True),
    View("POST", "/admin/pick-lists", picking.plan_picks, WRITE, staff=True),
    View("POST", "/admin/orders/{order_id}/pick-list", picking.pick_order, WRITE, staff=True),
    View("GET", PICKS, picking.show_pick_list, READ, staff=True),
    View("POST", f"{PICKS}/picks", picking.record_picks, WRITE, staff=True),
    View("POST", f"{PICKS}/move", picking.pack_or_cancel, WRITE, staff=True),
    View("GET", "/admin/low-stock", low_stock.show_low_stock, READ, staff=True),
    View("POST", "/admin/low-stock", low_stock.save_threshold, WRITE, staff=True),
    View("POST", "/admin/low-stock/reorder", low_stock.reorder, WRITE, staff=True),
    View("GET", "/admin/stock/file", low_stock.show_file, WRITE, staff=True),
    View("POST", "/admin/stock/file", low_stock.take_file, WRITE, staff=True),
    View("GET", "/admin/stock/export", low_stock.download_stock, READ, staff=True),
    View("GET", "/admin/stock/holds", holds.show_holds, READ, staff=True),
    View("GET", HOLD, holds.show_hold, READ, staff=True),
    View("POST", f"{HOLD}/prolong", holds.prolong_hold, WRITE, staff=True),
    View("POST", f"{HOLD}/end", holds.end_hold, WRITE, staff=True),
)
