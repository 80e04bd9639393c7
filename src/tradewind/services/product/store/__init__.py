"""Every SQL write of the product service: plain functions that take the transaction first.

Whoever changes several kinds of rows locks them in this order: the category tree, brands, categories, products,
reviews.
"""
