"""The command line: composes the platform from its environment and runs it."""
