"""The handsets that get what the carrier accepted, and answer."""
