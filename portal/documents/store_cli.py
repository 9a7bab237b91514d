"""`pkip store …`"""

import json

import click


@click.group("store")
def group():
    """The document store."""


@group.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fill(as_json):
    """Keep an item for each registered document, for those registered before there was a store. May be repeated."""
    from portal.documents import service as documents

    done = documents.keep_all_in_store(lambda number: click.echo(f"\r{number}", nl=False, err=True))
    click.echo("", err=True)
    click.echo(json.dumps({"documents": done}) if as_json else f"{done} documents")
