"""The portal's documentation at /docs, from portal/docs/*.md."""

from functools import lru_cache

from flask import Blueprint
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
    pages = sorted(path.stem for path in FOLDER.glob("*.md"))
    if name not in pages:
        raise NotFound(_("There is no such page"))
    title, body = _page(name)
    return render("docs/page.html", heading=title, body=body, pages=pages, name=name)


@lru_cache
def _page(name):
    """Title and HTML. The pages are our own files, and Markdown's raw HTML is off."""
    title, _newline, text = (FOLDER / f"{name}.md").read_text().partition("\n")
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return title.lstrip("# "), Markup(body.replace("<pre>", '<pre tabindex="0">'))  # noqa: S704 - scrolled by keyboard too
