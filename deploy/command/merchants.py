"""``beckon user``: what a merchant asks an operator for."""

import asyncio
import sys

import click

from deploy.command.options import as_json
from deploy.command.output import print_result
from services.onboarding.accounts.reset_password import make_link
from services.onboarding.settings import CommandSettings
from shared.runtime.clock import SystemClock
from shared.runtime.service import read_settings


@click.group()
def user() -> None:
    """Accounts of merchants, with the environment of onboarding."""


@user.command("reset-password")
@click.argument("email")
@click.option("--dry-run", is_flag=True, help="Only check the settings.")
@as_json
def reset_password(email: str, dry_run: bool, as_json: bool) -> None:
    """Print a link by which the merchant with this EMAIL chooses a new password: once, within the hour."""
    settings: CommandSettings = read_settings(CommandSettings)
    if not settings.public_console:
        raise click.UsageError("BECKON_PUBLIC_CONSOLE: the link begins with the console's address")
    if dry_run:
        print_result("a link would be made, if an account has this address", {"link": None}, as_json=as_json)
        return
    link = asyncio.run(make_link(settings.postgres.get_secret_value(), settings.public_console, email, SystemClock().now()))
    if link is None:
        click.echo("no account has this address", err=True)
        sys.exit(1)
    print_result(link, {"link": link}, as_json=as_json)
