"""Orders of another system, read from files. Pure: no I/O."""
