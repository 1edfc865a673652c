"""``python -m deploy.demo.nexternal``: a make-believe Nexternal in a process of its own."""

import os

import uvicorn

from deploy.demo.clock import utc_now
from deploy.demo.nexternal.app import build
from deploy.demo.nexternal.simulator import Simulator

DEFAULT_PORT = 8707


def main() -> None:
    """Run until a signal."""
    uvicorn.run(
        build(Simulator(utc_now)),
        host=os.environ.get("BECKON_HTTP_HOST", "127.0.0.1"),
        port=int(os.environ.get("BECKON_NEXTERNAL_PORT", DEFAULT_PORT)),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
