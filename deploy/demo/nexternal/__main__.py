"""``python -m deploy.demo.nexternal``: a make-believe Nexternal in a process of its own."""

import os

import uvicorn

from deploy.demo.clock import utc_now
from deploy.demo.nexternal.app import build
from deploy.demo.nexternal.keeping import Keeper, SavesChanges
from deploy.demo.nexternal.simulator import Simulator
from deploy.demo.settings import Settings, settings_from

ACCOUNT, ALIAS = "harborvine", "wine.localhost"


def main() -> None:
    """Run until a signal."""
    settings = settings_from(os.environ)
    uvicorn.run(
        kept(settings),
        host=settings.host,
        port=settings.nexternal_port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


def kept(settings: Settings) -> SavesChanges:
    """The application, with what it held when it ended; at the first start one account with an alias."""
    simulator, keeper = Simulator(utc_now), Keeper(settings.state / "nexternal.json")
    keeper.load(simulator)
    if not simulator.accounts:
        simulator.open_account(ACCOUNT).settings.domain_alias = f"{ALIAS}:{settings.nexternal_port}"
    return SavesChanges(build(simulator), simulator, keeper)


if __name__ == "__main__":
    main()
