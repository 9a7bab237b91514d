"""`pkip search …`"""

import json
import sys

import click

from portal.kernel.errors import PortalError
from portal.search import latvian


@click.group("search")
def group():
    """The index and the Latvian analysis behind it."""


@group.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--query", "as_query", is_flag=True, help="The keys that a query word looks for, instead.")
def analyze(words, as_query):
    """Print one JSON line a word with the keys that the index holds for it. `-` reads words from standard input."""
    if latvian.find_dictionary() is None:
        click.echo("the Latvian dictionary is not installed: rule stems only", err=True)
    keys = latvian.query_keys if as_query else latvian.keys
    for word in _each(words):
        click.echo(json.dumps({"word": word, "keys": sorted(keys(word))}, ensure_ascii=False))


def _each(words):
    for word in words:
        if word == "-":
            yield from (line.strip() for line in click.get_text_stream("stdin", encoding="utf-8") if line.strip())
        else:
            yield word


@group.command()
@click.option("--records", is_flag=True, help="Let people, sessions, tasks … tell first what is found of them.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def rebuild(records, as_json):
    """Build the index anew from the database; searching goes on meanwhile."""
    from portal.search import service as search

    def progress(done):
        click.echo(f"\r{done}", nl=False, err=True)

    try:
        if records:
            search.fill(progress)
        total = search.rebuild(progress=progress)
    except PortalError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
    click.echo("", err=True)
    click.echo(json.dumps({"entries": total}) if as_json else f"{total} entries")
