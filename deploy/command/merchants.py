"""``beckon user``: what a merchant asks an operator for."""

import asyncio
import sys

import click

from services.onboarding.accounts.reset_password import make_link
from services.onboarding.settings import CommandSettings
from shared.runtime.clock import SystemClock
from shared.runtime.service import read_settings


@click.group()
def user() -> None:
    """Accounts of merchants, with the environment of onboarding."""


@user.command("reset-password")
@click.argument("email")
def reset_password(email: str) -> None:
    """Print a link by which the merchant with this EMAIL chooses a new password: once, within the hour."""
    settings: CommandSettings = read_settings(CommandSettings)
    if not settings.public_console:
        raise click.UsageError("BECKON_PUBLIC_CONSOLE: the link begins with the console's address")
    link = asyncio.run(make_link(settings.postgres.get_secret_value(), settings.public_console, email, SystemClock().now()))
    if link is None:
        click.echo("no account has this address", err=True)
        sys.exit(1)
    click.echo(link)
