"""Events between the four services: typed facts, one module per topic."""
