"""``python -m services.orders``."""

from services.orders.app import serve
from services.orders.settings import OrdersSettings
from shared.runtime.service import read_settings, run

if __name__ == "__main__":
    settings = read_settings(OrdersSettings)
    run(lambda stop: serve(settings, stop))
