"""A make-believe Nexternal: an online store, an Order Management System (OMS) and XML Tools. It knows nothing of Beckon."""
