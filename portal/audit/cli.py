"""`pkip audit`: verify the whole log, hand out proof files."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click

from portal.audit import service as audit
from portal.audit.keys import verifier
from portal.kernel.access import SYSTEM
from portal.kernel.db import transaction
from portal.kernel.errors import PortalError
from portal.kernel.i18n import moment

STAGES = {"records": "records", "blobs": "files"}


@click.group("audit")
def group():
    """The audit log: is it intact, and what proves it."""


@group.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON and show no progress.")
def verify(as_json):
    """Check every record, checkpoint, witness copy and stored file. Exit 1 when something is damaged."""
    report = audit.verify(None if as_json else _show_progress)
    if as_json:
        click.echo(json.dumps({
            "intact": report.is_intact,
            "records": report.records,
            "unsealed": report.unsealed,
            "checkpoints": report.checkpoints,
            "blobs": report.blobs,
            "sealed_until": report.sealed_until and report.sealed_until.isoformat(),
            "findings": [finding.dump() | {"text": str(finding)} for finding in report.findings],
        }, ensure_ascii=False))  # fmt: skip
    else:
        _print(report)
    sys.exit(0 if report.is_intact else 1)


@group.command()
@click.option("--kind", help="Kind of the object, for example document or case.")
@click.option("--id", "object_id", help="Id of the object.")
@click.option("--record", "record_id", type=click.UUID, help="Id of one record.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day of a period.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of a period.")
@click.option("--personal", is_flag=True, help="Include personal data that are kept apart from the proof.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here instead of the screen.")
def export(kind, object_id, record_id, since, until, personal, out):
    """A proof file for an object, a record or a period, which an outsider checks without this system."""
    try:
        with transaction():
            proof = _proof(kind, object_id, record_id, since, until, personal)
    except PortalError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
    text = json.dumps(proof, ensure_ascii=False, indent=1)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        click.echo(f"{out}: {len(proof['records'])} records")


@group.command()
def key():
    """The public key of the log, to be published; proof files are checked with it."""
    click.echo(str(verifier()))


@group.command("seal")
def seal_now():
    """Seal at once what waits, as the periodic job does."""
    click.echo(f"{audit.seal(SYSTEM)} records sealed")


def _proof(kind, object_id, record_id, since, until, personal):
    if record_id:
        return audit.proof(SYSTEM, record_id, personal)
    if kind and object_id:
        return audit.proof_for(SYSTEM, kind, object_id, personal)
    if since and until:
        return audit.proof_of_period(SYSTEM, *(datetime.date(day) for day in (since, until)), personal)
    raise click.UsageError("Say what to prove: --kind and --id, --record, or --since and --until")


def _show_progress(stage, done, total):
    if sys.stderr.isatty() or done == total:
        click.echo(f"\r{STAGES[stage]}: {done} / {total}", nl=done == total, err=True)


def _print(report):
    for finding in report.findings:
        click.echo(f"✗ {finding}")
    until = f" until {moment(report.sealed_until)}" if report.sealed_until else ""
    word = "intact" if report.is_intact else f"DAMAGED ({len(report.findings)} findings)"
    click.echo(f"The log is {word}: {report.records} sealed records{until}, {report.unsealed} not sealed yet, "
               f"{report.checkpoints} checkpoints, {report.blobs} files")  # fmt: skip
