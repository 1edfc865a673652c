"""All accounts of one simulator, and the hosts under which each part of it answers."""

from starlette.requests import Request

from deploy.demo.clock import Clock
from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.xml_tools.app import XmlTools
from deploy.demo.nexternal.xml_tools.replies import Store

STORE_HOST, OMS_HOST = "store.localhost", "oms.localhost"
"""They stand for store.nexternal.com and nexternal.com."""


class Simulator:
    """What the process holds. ``open_account`` makes accounts; nothing outlives the process."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.xml_tools = XmlTools(self.accounts, store_of, clock)

    def open_account(self, name: str) -> Account:
        """The account of this name, made where there is none."""
        return self.accounts.setdefault(name, Account(name, self.clock))


def store_of(account: Account, request: Request) -> Store:
    """Addresses of the account's store as a shopper has them: under the alias, else below Nexternal's own host."""
    port = f":{request.url.port}" if request.url.port else ""
    alias = account.settings.domain_alias
    base = f"http://{alias}/" if alias else f"http://{STORE_HOST}{port}/{account.name}/"
    return lambda path: base + path
