"""`pkip`: the command line of IT staff, and of whoever wants to check the system from outside.

Exit 0 when all is well, 1 when something wrong was found, 2 when called wrongly."""

import importlib
import json
import sys

import click

# name of a group of commands -> the module that has it
AREAS = {
    "application": "portal.identity.application_cli",
    "audit": "portal.audit.cli",
    "ldap": "portal.identity.ldap_cli",
    "council": "portal.council.cli",
    "search": "portal.search.cli",
    "signature": "portal.signing.cli",
    "storage": "portal.storage.cli",
    "store": "portal.documents.store_cli",
}


class LazyGroup(click.Group):
    """Imports an area only for its own commands: `web` gives way to another program at once and needs none."""

    def list_commands(self, context):
        """Names of all commands."""
        return sorted([*super().list_commands(context), *AREAS])

    def get_command(self, context, name):
        """The command of this name, or None."""
        if name in AREAS:
            return importlib.import_module(AREAS[name]).group
        return super().get_command(context, name)


@click.group(cls=LazyGroup)
@click.pass_context
def main(context):
    """PKIP, the municipality's system. Settings come from PKIP_* variables."""
    if context.invoked_subcommand in ("run", "web", "worker", "sandbox"):
        return  # these start processes that build their own app
    from portal.app import create_app
    from portal.kernel.config import ConfigError

    try:
        app = create_app()
    except ConfigError as error:
        raise click.UsageError(str(error)) from error
    context.with_resource(app.app_context())


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(as_json):
    """Look at configuration, connections, certificates and disk; one line each."""
    from portal.workplace import state

    found = state.checks()
    if as_json:
        click.echo(json.dumps([vars(one) for one in found], ensure_ascii=False))
    else:
        for one in found:
            click.echo(f"{'✓' if one.well else '✗'} {one.name}: {one.found}" + ("" if one.well else f" → {one.remedy}"))
    sys.exit(0 if all(one.well for one in found) else 1)


@main.group()
def user():
    """People and their roles."""


@user.command("add")
@click.argument("username")
@click.argument("given_name")
@click.argument("family_name")
@click.option("--email", required=True)
@click.option("--position", default="", help="Office title.")
@click.option("--role", "roles", multiple=True, help="Role key; repeatable.")
@click.option("--admin", is_flag=True, help="An administrator's account: for roles of administration only.")
@click.password_option()
def add_user(username, given_name, family_name, email, position, roles, admin, password):
    """Add a person who can sign in."""
    from portal.identity import service as identity
    from portal.kernel.access import SYSTEM
    from portal.kernel.db import transaction
    from portal.kernel.errors import PortalError

    try:
        with transaction():
            person = identity.add_person(
                SYSTEM, given_name, family_name, email, position, None, username, password,
                account=identity.AccountKind.ADMIN if admin else identity.AccountKind.ORDINARY,
            )  # fmt: skip
            for role in roles:
                identity.give_role(SYSTEM, person.id, role)
    except PortalError as error:
        raise click.UsageError(error.message) from error
    click.echo(f"{person.name} ({username})")


@user.command("break-glass")
@click.option("--username", default="avarija", show_default=True, help="The account's user name.")
def break_glass(username):
    """Make the sealed account for emergencies, or seal it anew after use; prints its password for the envelope.

    It administers people and the system, waits for no second factor, and its every use alarms the auditors.
    """
    from portal.identity.service import steps
    from portal.kernel.db import transaction
    from portal.kernel.errors import PortalError

    try:
        with transaction():
            password = steps.break_glass(username)
    except PortalError as error:
        raise click.UsageError(error.message) from error
    click.echo(f"{username}: {password}")
    click.echo("Print it, seal the envelope, and let the terminal forget it.", err=True)


@main.group()
def db():
    """The database's tables."""


@db.command("upgrade")
def upgrade():
    """Bring the tables to this version; makes them the first time."""
    from portal import schema

    schema.upgrade()


@db.command("draft")
@click.argument("message")
def draft(message):
    """Write a migration from what changed in the models; read and mend it before it is kept."""
    from portal import schema

    schema.draft(message)


@main.group()
def demo():
    """The demonstration municipality."""


@demo.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing when there are people already.")
def load_demo(if_empty):
    """Load Ozolpils novads: people, documents, cases and sessions. Password of all accounts: ozolpils."""
    from portal import schema

    if if_empty and not schema.is_empty():
        return
    if not schema.is_empty():
        raise click.UsageError("the instance is not empty")
    from portal.demo import load

    load(lambda text: click.echo(text, err=True))


@main.command()
@click.option("--port", default=8000, show_default=True)
def run(port):
    """Everything on this machine: web, worker, sandbox; Ctrl-C stops it all."""
    from portal import run as runner

    sys.exit(runner.everything(port))


@main.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=400, show_default=True, help="More than open streams.")
def web(port, threads):
    """The web server."""
    from portal import run as runner

    runner.web(port, threads)


@main.command()
def worker():
    """The background worker with its scheduler. One per instance."""
    from portal import run as runner

    runner.worker()


@main.command()
@click.option("--port", default=8001, show_default=True)
def sandbox(port):
    """The sandbox of outside systems."""
    from portal import run as runner

    runner.sandbox(port)
