"""``python -m services.orders``."""

from services.orders.app import serve
from shared.runtime.service import read_settings, run
from shared.runtime.settings import PostgresSettings

if __name__ == "__main__":
    settings = read_settings(PostgresSettings)
    run(lambda stop: serve(settings, stop))
