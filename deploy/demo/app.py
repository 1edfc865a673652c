"""Puts the demo together: one process, one port, and a host name for each part."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from deploy.demo.carrier import store as carrier_store
from deploy.demo.carrier.api import TwilioApi
from deploy.demo.carrier.control import Control
from deploy.demo.carrier.controls import Switchboard
from deploy.demo.carrier.courier import Courier
from deploy.demo.carrier.exchange import Exchange, new_account
from deploy.demo.clock import Clock
from deploy.demo.database import Database
from deploy.demo.office.app import Office
from deploy.demo.phones import store as phones_store
from deploy.demo.phones.app import Phones
from deploy.demo.push import exchange as push_exchange
from deploy.demo.push.delivery import Delivery
from deploy.demo.push.exchange import PushExchange
from deploy.demo.push.http import PushService
from deploy.demo.push.mozilla import MozillaPush
from deploy.demo.settings import Settings
from deploy.demo.shop import policies as shop_policies
from deploy.demo.shop import store as shop_store
from deploy.demo.shop.app import Shop, Storefront
from deploy.demo.shop.goods import load_goods
from deploy.demo.shop.order_reports import OrderReporter
from deploy.demo.shop.ordering import Ordering

SCHEMAS = (carrier_store.SCHEMA, phones_store.SCHEMA, shop_store.SCHEMA, shop_policies.SCHEMA, push_exchange.SCHEMA)

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Parts:
    """What lives as long as the process."""

    database: Database
    client: httpx.AsyncClient
    courier: Courier
    exchange: Exchange
    reporter: OrderReporter
    storefront: Storefront
    second: Storefront
    policies: shop_policies.PolicyStore
    pushes: PushExchange
    delivery: Delivery


def build(settings: Settings, clock: Clock) -> Starlette:
    """The demo's application; its state is opened here, its tasks run with its lifespan."""
    parts = open_parts(settings, clock)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with parts.client, asyncio.TaskGroup() as group:
            tasks = [group.create_task(parts.courier.run()), group.create_task(parts.reporter.run())]
            async with parts.delivery.listening(settings.push_port, settings.state):
                yield
            for task in tasks:
                task.cancel()
        parts.database.close()

    return Starlette(routes=routes(parts, clock, settings.nexternal_port), lifespan=lifespan)


def open_parts(settings: Settings, clock: Clock) -> Parts:
    """Open the state and make what works on it."""
    database = Database(settings.state / "demo.sqlite3", SCHEMAS)
    # No proxy of the environment: everything that the demo calls is on this machine.
    client = httpx.AsyncClient(trust_env=False, follow_redirects=False)
    exchange, courier = open_carrier(database, client, clock)
    orders, policies = shop_store.ShopStore(database), shop_policies.PolicyStore(database)
    storefront = Storefront(orders, policies, Ordering(orders, policies, load_goods(), clock))
    empty = shop_policies.PolicyStore(database, "second.")
    second = Storefront(orders, empty, Ordering(orders, empty, load_goods(), clock))
    reporter, pushes = OrderReporter(orders, policies, client, clock), PushExchange(database, clock)
    return Parts(database, client, courier, exchange, reporter, storefront, second, policies, pushes, Delivery(pushes))


def open_carrier(database: Database, client: httpx.AsyncClient, clock: Clock) -> tuple[Exchange, Courier]:
    """The carrier, with its account made at the first start."""
    store = carrier_store.CarrierStore(database)
    store.open_account(new_account())
    switchboard = Switchboard()
    courier = Courier(store, switchboard, client, clock)
    return Exchange(store, switchboard, courier, clock), courier


def routes(parts: Parts, clock: Clock, nexternal_port: int) -> list[BaseRoute]:
    """Which host name shows what."""
    mozilla, control = MozillaPush(parts.pushes), Control(parts.exchange).routes()
    carrier = Router([Route("/", signpost(nexternal_port)), mozilla.browsers(), *TwilioApi(parts.exchange).routes(), *control])
    phones = Phones(phones_store.PhonesStore(parts.database), parts.exchange, clock).app()
    return [
        Route("/healthz", healthy, methods=["GET"]),
        Host("shop.localhost", Shop(parts.storefront, parts.policies).app()),
        Host("second.localhost", Shop(parts.second, parts.second.policies).app()),
        Host("office.localhost", Office(parts.storefront.store, parts.storefront.ordering).app()),
        Host("phones.localhost", phones),
        *PushService(parts.pushes).routes(),
        *mozilla.routes(),
        Host("127.0.0.1", carrier),
        Host("localhost", carrier),
        Host("carrier.localhost", carrier),  # for who is not on this machine and has the name from elsewhere
    ]


def signpost(nexternal_port: int) -> Handler:
    """This host is the carrier's; who opens it in a browser looks for one of the others."""

    async def page(request: Request) -> Response:
        addresses = [f"http://{name}.localhost:{request.url.port}/" for name in ("shop", "office", "phones")]
        nexternal = [f"http://wine.localhost:{nexternal_port}/", f"http://oms.localhost:{nexternal_port}/harborvine/"]
        return PlainTextResponse("\n".join(["The demo's pages have host names of their own:", *addresses, *nexternal, ""]))

    return page


async def healthy(request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ready"})
