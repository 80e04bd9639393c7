"""What the search service does: one file a use case."""
