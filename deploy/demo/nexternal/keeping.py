"""What accounts hold, kept in a file that is replaced as a whole after each request that may have changed it."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.options import Options
from deploy.demo.nexternal.records import Customer, Mail, MerchantSettings, Order, XmlTools
from deploy.demo.nexternal.simulator import Simulator
from deploy.demo.pages import SAFE_METHODS


@checked(config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64"))
class KeptAccount:
    """Everything of an account but its products, which are the same for all."""

    name: str
    options: Options
    settings: MerchantSettings
    xml: XmlTools
    customers: dict[int, Customer]
    orders: dict[int, Order]
    outbox: list[Mail]


KEPT = TypeAdapter(list[KeptAccount])


@dataclass(frozen=True)
class Keeper:
    """One file; of a process that was killed in between, the one before is there."""

    file: Path

    def load(self, simulator: Simulator) -> None:
        """Open the accounts of the file. One that an older version wrote in another shape is left aside."""
        try:
            kept = KEPT.validate_json(self.file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return
        for each in kept:
            account = simulator.open_account(each.name)
            account.options, account.settings, account.xml = each.options, each.settings, each.xml
            account.customers, account.orders, account.outbox = each.customers, each.orders, each.outbox

    def save(self, simulator: Simulator) -> None:
        """Replace the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_bytes(KEPT.dump_json([kept_of(account) for account in simulator.accounts.values()]))
        draft.replace(self.file)


def kept_of(account: Account) -> KeptAccount:
    """What is kept of an account."""
    return KeptAccount(
        account.name,
        account.options,
        account.settings,
        account.xml,
        account.customers,
        account.orders,
        account.outbox,
    )


class SavesChanges:
    """Saves before a request that may have changed something is answered."""

    def __init__(self, app: ASGIApp, simulator: Simulator, keeper: Keeper) -> None:
        self._app = app
        self._simulator = simulator
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        may_change = scope["type"] == "http" and Request(scope).method not in SAFE_METHODS

        async def send_saved(message: Message) -> None:
            if may_change and message["type"] == "http.response.start":
                self._keeper.save(self._simulator)
            await send(message)

        await self._app(scope, receive, send_saved)
