"""How well, and how fast, the shop's search finds: `make bench-search DATA=folder`."""
