"""The Order Management System: where staff work for many customers in one browser, on a host of its own."""
