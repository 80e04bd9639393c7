"""Writes of the search service."""
