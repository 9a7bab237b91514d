"""The registry: list of documents, registration, the document's page and its files."""

from flask import Blueprint

bp = Blueprint("documents", __name__)

from blueprints.documents import (  # noqa: E402
    acts,  # noqa: F401
    drafts,  # noqa: F401
    files,  # noqa: F401
    inside,  # noqa: F401
    intake,  # noqa: F401
    plans,  # noqa: F401
    registers,  # noqa: F401
    restrictions,  # noqa: F401
    scans,  # noqa: F401
    sending,  # noqa: F401
    templates,  # noqa: F401
    views,  # noqa: F401
    work,  # noqa: F401
)
