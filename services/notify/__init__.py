"""Decides how and whether it may; speaks to carriers and push services, once."""
