"""What is said of purchasing and of work in warehouses: what was done, and what was refused."""

from __future__ import annotations

from tradewind.faces.kit.languages import marked

DONE = {
    "supplier_saved": marked("The supplier is saved."),
    "part_saved": marked("What they sell is saved."),
    "part_removed": marked("They no longer sell it."),
    "purchase_drafted": marked("The order is drafted. Place it, and its pieces are expected."),
    "purchase_changed": marked("The lines are changed."),
    "purchase_placed": marked("The order is placed; its pieces are expected."),
    "purchase_cancelled": marked("The purchase order is cancelled."),
    "purchase_closed": marked("The purchase order is closed with what came of it."),
    "put_away": marked("Done."),
    "transfer_drafted": marked("The transfer is drafted. Send it, and its pieces are on their way."),
    "transfer_sent": marked("The pieces are on their way."),
    "transfer_cancelled": marked("The transfer is cancelled; its pieces are where they came from."),
    "count_planned": marked("The count is planned."),
    "count_tallied": marked("What was counted is kept."),
    "count_approved": marked("The count is approved, and stock is adjusted."),
    "count_cancelled": marked("The count is given up."),
    "count_repeated": marked("It is to be counted again."),
    "adjustment_asked": marked(
        "This is more than one person adjusts: it waits for another, at Counts and corrections."
    ),
    "expiry_set": marked("The day of the lot is changed."),
    "zone_saved": marked("The zone is saved."),
    "bin_saved": marked("The bin is saved."),
    "bin_moved": marked("The pieces are where you said."),
    "adjustment_refused": marked("The adjustment is refused."),
    "picks_planned": marked("The list is made."),
    "picks_recorded": marked("What was picked is kept."),
    "picks_packed": marked("The parcel is packed."),
    "picks_cancelled": marked("The list is given up; what was picked is to be put away."),
    "threshold_saved": marked("It is watched from now on."),
    "threshold_removed": marked("It is no longer watched."),
    "reordered": marked("The orders are drafted. Look at them, then place them."),
    "file_taken": marked("The file is taken in."),
    "file_taken_before": marked(
        "This file was taken in before, under the same name: nothing was booked again."
    ),
}

# Those that say how many: which of the numbers that came with the refusal, and where they stand.
NUMBERED = {
    "below_minimum": (
        ("minimum_packs",),
        marked("At least %(minimum_packs)s packs of it are sold at a time."),
    ),
    "over_received": (("most",), marked("At most %(most)s more of it are taken in: refuse the rest.")),
    "bin_full": (("room",), marked("There is room for %(room)s more in this bin.")),
    "more_than_task": (("left",), marked("Only %(left)s of this are left to put away.")),
    "not_unplaced": (("unplaced",), marked("Only %(unplaced)s of it lie outside the bins.")),
    "not_available": (
        ("sku", "available"),
        marked("%(sku)s: %(available)s pieces are there that nobody was promised."),
    ),
    "no_longer_wanted": (
        ("sku", "wanted"),
        marked("%(sku)s: the order wants %(wanted)s of it by now. Give the list up, and list it again."),
    ),
    "below_reserved": (
        ("on_hand", "reserved"),
        marked("%(on_hand)s are on hand, and %(reserved)s of them reserved."),
    ),
    "only_lots_there": (
        ("skus",),
        marked("All that lies there is kept by lot, which bins do not know. Count it by its SKUs: %(skus)s"),
    ),
    "expiry_differs": (
        ("expires_on",),
        marked(
            "The books say of this lot that it is sold until %(expires_on)s. Leave the day out, or put it right below "
            "the lots."
        ),
    ),
    "not_there": (("there",), marked("Only %(there)s pieces of it are in this state.")),
}
FILE_PROBLEMS = {
    "sku_invalid": marked("A SKU has 1 to 64 characters."),
    "sku_unknown": marked("Stock never had %(sku)s. Correct it, or say that new SKUs are taken in."),
    "sku_alike": marked(
        "Stock never had %(sku)s. Is it %(alike)s? Correct it, or say that new SKUs are taken in."
    ),
    "required": marked("Name the warehouse, in the line or for the file."),
    "quantity_invalid": marked("Write a whole number; below zero in corrections alone."),
    "warehouse_unknown": marked("There is no such warehouse."),
    "line_repeated": marked("A line above is of the same SKU and warehouse."),
    "lot_invalid": marked("A lot has at most 64 characters."),
    "day_invalid": marked("Write a day as 2027-01-31."),
    "lot_required": marked("This is kept by lot: say which."),
    "lot_not_tracked": marked("This is not kept by lot."),
    "serial_exists": marked("A piece with this serial number is in stock already."),
    "below_reserved": marked("Customers have been promised more than would be left."),
    "approval_needed": marked("This is more than one person adjusts: ask for it, and let another approve."),
    "sku_is_bundle": marked("A bundle has no stock of its own: count its parts."),
    "expiry_differs": marked(
        "This lot is sold until another day: leave the day out, or put it right below the lots."
    ),
}
REFUSALS = {
    "sku_not_in_count": marked("This is not part of the count."),
    "bin_code_invalid": marked("A code begins with a letter or a digit, and has letters, digits, . _ and -."),
    "sku_unknown": marked("No article has this SKU. Look at how it is written."),
    "not_whole_packs": marked("These pieces are no whole packs."),
    "quantity_too_large": marked("That is more than one order can have of it."),
    "part_not_found": marked("They do not sell this."),
    "supplier_exists": marked("There is a supplier of this code already."),
    "supplier_unknown": marked("There is no such supplier."),
    "supplier_inactive": marked("Nothing is ordered from an inactive supplier."),
    "currency_unknown": marked("There is no such currency."),
    "prices_repeated": marked("Write each number of packs once."),
    "part_unknown": marked("The supplier does not sell this: say how on their page first."),
    "below_minimum": marked("The supplier sells more packs than that at least."),
    "sku_not_ordered": marked("This was not ordered."),
    "nothing_received": marked("Say of at least one piece what became of it."),
    "weight_unknown": marked("Not every piece has a weight: share by value or pieces."),
    "over_received": marked("That is more than is taken in of the order: refuse the rest."),
    "same_warehouse": marked("Choose two warehouses."),
    "not_available": marked("Fewer than that are available."),
    "sku_not_sent": marked("This was not sent."),
    "one_choice": marked("Choose one of these."),
    "nothing_to_count": marked("Nothing lies there."),
    "counted_already": marked("This was counted already."),
    "approver_counted": marked("Whoever counted does not approve: ask somebody else."),
    "approver_asked": marked("Whoever asked for it does not approve: ask somebody else."),
    "adjustment_decided": marked("Somebody has decided this already."),
    "approval_needed": marked("This is more than one person adjusts: ask for it, and let another approve."),
    "lot_unknown": marked("There was never such a lot in this warehouse."),
    "bin_unknown": marked("There is no such bin."),
    "zone_unknown": marked("There is no such zone."),
    "same_bin": marked("Choose two different places."),
    "bin_full": marked("There is not enough room in this bin."),
    "bin_inactive": marked("Nothing is put into this bin."),
    "not_unplaced": marked("Fewer pieces lie outside the bins."),
    "not_in_bin": marked("Fewer pieces lie in this bin."),
    "more_than_task": marked("Fewer pieces of this are left to put away."),
    "task_not_open": marked("This is done already."),
    "nothing_to_pick": marked("Nothing is to be picked here."),
    "picking_busy": marked("Others are listing the same orders just now. Try again."),
    "order_not_paid": marked("This order is not paid: nothing of it leaves."),
    "serial_one_piece": marked("A serial number is of one piece: write each in a row of its own."),
    "released_at_passed": marked("A pre-order is released at a moment that is still to come."),
    "picked_already": marked("This row was picked already."),
    "no_longer_wanted": marked("The order does not want this any more: leave it where it is, and write 0."),
    "too_many_picked": marked("The row is of fewer pieces."),
    "packing_mismatch": marked("What is in the parcel is not what was picked."),
    "packed_already": marked("This parcel is packed already."),
    "nothing_to_reorder": marked("Nothing that somebody sells us is to be ordered."),
    "file_invalid": marked(
        "This is no such file: its first line names the columns, sku and quantity among them; below it are up to "
        "20,000 lines."
    ),
    "file_exists": marked("Another file was taken in under this name."),
}
