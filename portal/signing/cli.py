"""`pkip signature`: judge a signed file from the command line."""

import json
import sys
from pathlib import Path

import click

from portal.signing import service as signing
from portal.signing.words import as_table


def _beside(file):
    """The files of the same folder, read only when a detached signature names one."""
    around = file.absolute().parent.iterdir()
    return {one.name: one.read_bytes for one in around if one.name != file.name and one.is_file()}


@click.group("signature")
def group():
    """Signed containers, PDFs and XML files: are they valid?"""


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--offline", is_flag=True, help="Ask no issuer whether a certificate was revoked.")
def check(file, offline):
    """Judge every signature of FILE and print the verdicts as JSON. Exit 0 when all are valid, 1 when not.

    Where the file does not hold the issuer's answer about a certificate, the issuer is asked, unless the settings
    (PKIP_ASK_ISSUERS) or --offline forbid it; then "revocation" says "not_asked".
    A detached XML signature is judged with the file that it names, from the same folder.
    """
    with file.open("rb") as stream:
        report = signing.verify(stream, file.name, ask=not offline, beside=_beside(file))
    click.echo(json.dumps(as_table(report), ensure_ascii=False, indent=2))
    sys.exit(0 if report.signatures and report.verdict is signing.Verdict.VALID else 1)
