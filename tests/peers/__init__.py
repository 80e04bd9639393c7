"""Processors as they are spoken to, for tests: their HTTP, their rules, their faults, on this machine alone."""
