"""`pkip storage`: are the kept files whole; a new key for them."""

import json
import sys

import click

from portal.kernel.access import SYSTEM
from portal.storage import service as storage


@click.group("storage")
def group():
    """The kept files: are they whole, and under which key."""


@group.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON and show no progress.")
def verify(as_json):
    """Read every kept file and compare it with its address. Exit 1 when one is damaged or missing."""
    found = list(storage.damaged(None if as_json else _show))
    hits = storage.hits_of(SYSTEM, {error.address for error in found})
    if as_json:
        click.echo(json.dumps({
            "intact": not found,
            "damaged": [
                {"address": error.address, "why": error.why,
                 "of": [{"table": hit.table, "name": hit.name} for hit in hits[error.address]]}
                for error in found
            ],
        }, ensure_ascii=False))  # fmt: skip
    else:
        for error in found:
            of = ", ".join(f"{hit.table} {hit.name}" for hit in hits[error.address]) or "nothing refers to it"
            click.echo(f"✗ {error}: {of}")
        click.echo(f"{len(found)} files are damaged or missing" if found else "All files are whole")
    sys.exit(1 if found else 0)


@group.command("rotate-key")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON and show no progress.")
def rotate_key(as_json):
    """Wrap the key of every kept file with the present key alone; may be stopped and run again.

    First set PKIP_BLOB_KEY to the new key (64 hexadecimal digits) and put the one before into PKIP_OLD_BLOB_KEYS;
    restart, so that new files get the new key and old ones still open. Then run this. Exit 0 means that the old key
    opens nothing any more and may be taken out of the settings."""
    changed, unreadable = storage.rotate_wrapping(progress=None if as_json else _show)
    if as_json:
        click.echo(json.dumps({"changed": changed, "unreadable": [error.address for error in unreadable]}))
    else:
        for error in unreadable:
            click.echo(f"✗ {error}")
        click.echo(f"{changed} files have the new key" + (f", {len(unreadable)} do not" if unreadable else ""))
    sys.exit(1 if unreadable else 0)


def _show(done, total, *_address):
    if sys.stderr.isatty() or done == total:
        click.echo(f"\r{done} / {total}", nl=done == total, err=True)
