"""A shop, its back office, a carrier and phones: the world around Beckon, which it meets by its public faces alone."""
