"""The search index port: Tantivy, embedded."""
