"""`pkip council`: sessions from the command line."""

import json
import sys
from pathlib import Path

import click

from portal.kernel.config import settings
from portal.kernel.errors import PortalError


@click.group("council")
def group():
    """Council and committee sessions."""


@group.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the minutes; by default replay/ in the instance's folder.",
)
def replay(file, as_json, out):
    """Replay the sessions in FILE through the same rules as the screens, in an empty instance of its own.

    Exit 0 when each result is the one in the file, 1 when one differs, 2 when called wrongly."""
    from portal.council import replay as replaying

    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        answer = replaying.replay_file(data, out or settings().var / "replay")
    except (ValueError, replaying.WrongFile) as error:
        raise click.UsageError(f"{file}: {error}") from error
    except PortalError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        _print(answer)
    for text in answer["mismatches"]:
        click.echo(text, err=True)
    sys.exit(1 if answer["mismatches"] else 0)


def _print(answer):
    for session in answer["sessions"]:
        click.echo(f"{session['date']} {session['kind']}: {session['minutes']}")
        for one in session["matters"]:
            counts = "" if one["par"] is None else f"par {one['par']}, pret {one['pret']}, atturas {one['atturas']}; "
            click.echo(f"  {one['n']}. {one['title']}: {counts}{one['why']}")
