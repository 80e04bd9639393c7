"""Invoices and credit notes on paper: PDF made of a stored snapshot, the same bytes each time."""
