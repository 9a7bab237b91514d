"""`pkip ldap`: the directory's server on this machine, and the comparison of the directory with the register."""

import json
import os
import sys

import click

from portal.identity import slapd
from portal.identity.models import RunState
from portal.identity.service import directory
from portal.kernel.config import settings
from portal.kernel.db import transaction


@click.group("ldap")
def group():
    """The directory over LDAP: its server, and what stands in it."""


@group.command()
@click.option("--port", default=8002, show_default=True, help="ldap:// with StartTLS.")
@click.option("--tls-port", default=8003, show_default=True, help="ldaps://.")
def serve(port, tls_port):
    """OpenLDAP's server for this instance, on the loopback, until Ctrl-C."""
    if slapd.program() is None:
        raise click.UsageError("slapd is not installed (Debian: apt-get install slapd)")
    own = settings()
    place = slapd.prepare(own.var / "directory", own.ldap.base, own.ldap.user, own.ldap.password)
    command = slapd.command(place, port, tls_port)
    os.execv(command[0], command)  # noqa: S606 - the server itself, with arguments of ours


@group.command()
@click.option("--dry-run", is_flag=True, help="Say what differs and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def sync(dry_run, as_json):
    """Compare the whole directory with the register and write what differs.

    Exit 1 when the directory does not answer, when it refused something, or when --dry-run found differences.
    """
    if not directory.is_on():
        raise click.UsageError("PKIP_LDAP_URL is not set: this instance writes no directory")
    with transaction():
        run = directory.compare_now(dry=dry_run)
    if as_json:
        click.echo(json.dumps({
            "state": run.state.value, "dry": run.dry, "entries": run.entries, "added": run.added,
            "changed": run.changed, "renamed": run.renamed, "removed": run.removed, "failed": run.failed,
            "took_ms": run.took_ms, "problem": run.problem, "differences": run.differences,
        }, ensure_ascii=False))  # fmt: skip
    else:
        _print(run)
    sys.exit(1 if run.state == RunState.FAILED or run.failed or (dry_run and run.found) else 0)


def _print(run):
    if run.state == RunState.FAILED:
        click.echo(f"✗ {run.problem}", err=True)
        return
    for one in run.differences:
        what = ", ".join(one["values"]) or one.get("new", "")
        problem = f" ✗ {one['problem']}" if one.get("problem") else ""
        click.echo(f"{one['act']:7} {one['dn']} {what}{problem}")
    if run.found > len(run.differences):
        click.echo(f"… and {run.found - len(run.differences)} more")
    word = "would be" if run.dry else "were"
    click.echo(
        f"{run.entries} entries in {run.took_ms / 1000:.1f} s: {run.added} {word} added, {run.changed} changed, "
        f"{run.renamed} renamed, {run.removed} removed; {run.failed} refused"
    )
