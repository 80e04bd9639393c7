"""Races: what many do at once to one order, one article, one code. Each is run as a test, a few times, and by
`python -m tests.scenarios.races`, a thousand times."""
