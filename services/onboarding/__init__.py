"""Takes a merchant from sign-up to a verified, live shop, and shows the results."""
