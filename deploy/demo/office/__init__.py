"""The order management system behind the shop: on a host of its own, where staff work for many customers in one browser."""
