"""The demo's own rules."""
