"""What templates may call: icons, addresses of static files, attributes that tie a field to its messages."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import url_for
from markupsafe import Markup

from portal.kernel import clock

ROOT = Path(__file__).resolve().parents[2]
_ICONS = ROOT / "node_modules" / "@tabler" / "icons" / "icons" / "outline"


def init_app(app):
    """Make the helpers known to templates."""
    app.jinja_env.globals.update(
        icon=icon, static_url=static_url, aria=aria, described_by=described_by, today=clock.today, made_at=made_at
    )


@lru_cache
def icon(name: str) -> Markup:
    """The SVG of an icon, hidden from screen readers: words always stand beside it."""
    svg = (_ICONS / f"{name}.svg").read_text()
    body = svg[svg.index(">", svg.index("<svg")) + 1 :]
    return Markup(  # noqa: S704 - the file comes from the icon package
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">' + body
    )


@lru_cache
def mark_of(path: str) -> str:
    """A mark of the content of a static file."""
    file = ROOT / "static" / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.exists() else "missing"


def static_url(path: str) -> str:
    """The address of a static file, with a mark of its content so that browsers may keep it for a year."""
    return url_for("static", filename=path, v=mark_of(path))


def made_at() -> float:
    """When the page is made, in seconds since 1970: its stream then tells what changed meanwhile."""
    return clock.real_now().timestamp()


def aria(field) -> dict:
    """Attributes for a WTForms field: which help and errors describe it, and whether it is wrong."""
    ids = ([f"{field.id}-help"] if field.description else []) + ([f"{field.id}-error"] if field.errors else [])
    found = {"aria_describedby": " ".join(ids)} if ids else {}
    if field.errors:
        found["aria_invalid"] = "true"
    return found


def described_by(field) -> Markup:
    """The same attributes as text, for inputs that a template writes itself."""
    return Markup(" ").join(  # a name of ours, a value escaped
        Markup('{}="{}"').format(name.replace("_", "-"), value) for name, value in aria(field).items()
    )
