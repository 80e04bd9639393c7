"""Reads: searches and suggestions over the index; insights, synonyms and the index's state from the database."""
