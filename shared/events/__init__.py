"""What the four services say to each other: typed facts, one module per topic."""
