"""`pkip signature`: judge a signed file from the command line."""

import json
import sys
from pathlib import Path

import click

from portal.signing import service as signing
from portal.signing.words import as_table


@click.group("signature")
def group():
    """Signed containers and PDFs: are they valid?"""


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
def check(file):
    """Judge every signature of FILE and print the verdicts as JSON. Exit 0 when all are valid, 1 when not."""
    with file.open("rb") as stream:
        report = signing.verify(stream, file.name)
    click.echo(json.dumps(as_table(report), ensure_ascii=False, indent=2))
    sys.exit(0 if report.signatures and report.verdict is signing.Verdict.VALID else 1)
