"""The one way in from outside: which service, who is calling, how much, how large, and what leaves."""
