"""`pkip application`: applications that sign people in through the portal or call it by themselves (1.3)."""

import json

import click

from portal.identity.models.oauth import AUTH_METHODS, GRANT_TYPES
from portal.identity.service import clients
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import transaction
from portal.kernel.errors import PortalError


@click.group("application")
def group():
    """Applications that sign people in through the portal, or call it by themselves."""


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def show_list(as_json):
    """All registered applications."""
    rows = [
        {"client_id": row.client_id, "name": row.name, "active": row.active, "scopes": row.scopes}
        for row in clients.list_clients(SYSTEM)
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{'✓' if row['active'] else '✗'} {row['client_id']}: {row['name']} ({' '.join(row['scopes'])})")


@group.command()
@click.argument("client_id")
@click.argument("name")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where people return to; repeatable.")
@click.option("--post-logout-uri", "post_logout_uris", multiple=True, help="Where people go after signing out.")
@click.option("--logout-uri", default="", help="What takes sign-out notices (back-channel logout).")
@click.option("--scope", "scopes", multiple=True, default=("openid", "profile", "email"), show_default=True)
@click.option(
    "--grant", "grant_types", multiple=True, type=click.Choice(GRANT_TYPES), default=GRANT_TYPES[:2], show_default=True
)
@click.option("--auth", "auth_method", type=click.Choice(AUTH_METHODS), default=AUTH_METHODS[0], show_default=True)
@click.option("--jwks", type=click.File(), help="Public keys, for private_key_jwt.")
@click.option("--consent", "asks_consent", is_flag=True, help="Ask each person for consent.")
@click.option("--json", "as_json", is_flag=True, help="Print what the supplier needs as JSON.")
def add(client_id, name, jwks, as_json, **fields):
    """Register an application; prints its secret, which is not shown again."""
    lists = {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}
    try:
        with transaction():
            keys = json.load(jwks) if jwks else None
            client, secret = clients.register(SYSTEM, client_id, name=name, jwks=keys, **lists)
    except (PortalError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    told = {"issuer": settings().base_url, "client_id": client.client_id, "client_secret": secret}
    click.echo(json.dumps(told) if as_json else "\n".join(f"{key}: {value}" for key, value in told.items()))


@group.command()
@click.argument("client_id")
def disable(client_id):
    """Let nobody in through an application any more; its tokens end at once."""
    client = clients.active_client(client_id)
    if client is None:
        raise click.UsageError(f"{client_id}: not registered, or disabled already")
    with transaction():
        clients.disable(SYSTEM, client.id)
    click.echo(client.name)
