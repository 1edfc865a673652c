"""Sources of orders: witnesses beside the browser and the shop's server, fetched by a process of their own."""
