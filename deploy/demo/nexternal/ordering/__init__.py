"""Catalogue, cart, checkout and confirmation: for the online store, and for the OMS, whose internal ordering looks like it."""
