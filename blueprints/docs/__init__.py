"""The portal's documentation at /docs, from portal/docs/*.md."""

from functools import lru_cache

from flask import Blueprint, current_app
from markdown_it import MarkdownIt
from markupsafe import Markup

from portal.kernel.errors import NotFound
from portal.kernel.i18n import _
from portal.kernel.look import ROOT
from portal.kernel.web import render, signed_in

bp = Blueprint("docs", __name__)
FOLDER = ROOT / "portal" / "docs"


@bp.route("/docs", defaults={"name": "architecture"})
@bp.route("/docs/<name>")
@signed_in
def page(name):
    """One page of the documentation."""
    pages = _names()
    if name not in pages:
        raise NotFound(_("There is no such page"))
    title, body = _page(name)
    return render("docs/page.html", heading=title, body=body, pages=pages, name=name)


@bp.route("/docs/api")
@signed_in
def api():
    """The API for other systems (14.1)."""
    spec = current_app.spec
    calls = [
        (method.upper(), path, operation)
        for path, operations in spec["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
    ]
    groups = {tag["name"]: [call for call in calls if tag["name"] in call[2].get("tags", ())] for tag in spec["tags"]}
    return render("docs/api.html", pages=_names(), groups={name: found for name, found in groups.items() if found})


@bp.route("/docs/api/try")
@signed_in
def try_api():
    """The same, to try calls with an application's token: Swagger UI as it comes."""
    return render("docs/try_api.html")


def _names():
    return sorted(path.stem for path in FOLDER.glob("*.md"))


@lru_cache
def _page(name):
    """Title and HTML. The pages are our own files, and Markdown's raw HTML is off."""
    title, _newline, text = (FOLDER / f"{name}.md").read_text().partition("\n")
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return title.lstrip("# "), Markup(body.replace("<pre>", '<pre tabindex="0">'))  # noqa: S704 - scrolled by keyboard too
