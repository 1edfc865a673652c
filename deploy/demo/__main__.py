"""``python -m deploy.demo``: shop, back office, carrier and phones in one process."""

import os

import uvicorn

from deploy.demo.app import build
from deploy.demo.clock import utc_now
from deploy.demo.protocol import CuttableProtocol
from deploy.demo.settings import settings_from


def main() -> None:
    """Run until a signal."""
    settings = settings_from(os.environ)
    uvicorn.run(
        build(settings, utc_now),
        host=settings.host,
        port=settings.port,
        http=CuttableProtocol,
        ws="websockets-sansio",
        # Addresses here hold phone numbers: no log of theirs, and callers whose answers are held do not delay the end.
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
