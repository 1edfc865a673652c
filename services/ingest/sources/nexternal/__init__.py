"""Nexternal's XML Tools: requests, replies and what an order in them means. Pull only, minutes without a zone."""
