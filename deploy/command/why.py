"""``beckon why CART``: every nudge's fate with its evidence, out of all services' databases that can be reached."""

import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

import click

from deploy.command.options import as_json
from deploy.command.output import print_rows
from deploy.command.sessions import Away, Unseen, run, session
from deploy.command.settings import OperatorSettings, operator_settings
from deploy.command.why_facts import READERS, Fact, Subject
from shared.runtime.postgres.tables import Schema
from shared.runtime.service import WrongSetting

IDS = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
OWNERS: Mapping[Schema, str] = {
    "orders": "SELECT site_id FROM orders.carts WHERE cart_id = $1 LIMIT 2",
    "onboarding": "SELECT site_id FROM onboarding.carts WHERE cart_id = $1 LIMIT 2",
    "notify": "SELECT DISTINCT site_id FROM notify.nudges WHERE cart_id = $1 LIMIT 2",
}
"""A cart's id without its site is looked up in a whole table: seconds where it has millions of rows."""


@click.command()
@click.argument("cart")
@click.option("--site", type=click.UUID, help="Its site: without it, or the address of its page, a whole table is read.")
@as_json
def why(cart: str, site: UUID | None, as_json: bool) -> None:
    """Why CART was or was not reminded: its id, or the address of its page in the console.

    One line for each fact, the oldest first and what holds now at the end. No contact is in it. Exit code 1 where no service
    knows the cart.
    """
    ids = [UUID(found) for found in IDS.findall(cart)]
    if not 1 <= len(ids) <= 2:
        raise click.BadParameter("is no cart's id and no address of a cart's page", param_hint="CART")
    settings = operator_settings()
    site = site or (ids[0] if len(ids) == 2 else run(_site_of(settings, ids[-1])))
    if site is None:
        click.echo("no service that can be reached knows this cart", err=True)
        sys.exit(1)
    facts, unseen = run(_facts(settings, Subject(site, ids[-1])))
    facts.sort(key=lambda fact: (fact.at is None, fact.at, fact.service))
    print_rows([asdict(fact) for fact in [*facts, *unseen]], as_json=as_json, none="nothing is known of it")
    sys.exit(0 if any(fact.at for fact in facts) else 1)


async def _site_of(settings: OperatorSettings, cart_id: UUID) -> UUID | None:
    for service in OWNERS:
        try:
            async with session(settings, service) as connection:
                found = await connection.fetch(OWNERS[service], cart_id)
        except (Unseen, Away):
            continue
        if len(found) == 1:
            return UUID(str(found[0]["site_id"]))
    return None


async def _facts(settings: OperatorSettings, subject: Subject) -> tuple[list[Fact], list[Fact]]:
    """What each database has, and a line for each that could not be read."""
    facts: list[Fact] = []
    unseen: list[Fact] = []
    for service, read in READERS.items():
        try:
            async with session(settings, service) as connection:
                facts += await read(connection, subject)
        except Unseen as error:
            unseen.append(Fact(None, service, "not seen", detail=f"give {error.setting}"))
        except (Away, WrongSetting) as error:
            unseen.append(Fact(None, service, "not seen", detail=str(error)))
    return facts, unseen
