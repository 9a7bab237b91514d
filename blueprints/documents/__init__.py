"""The registry: list of documents, registration, the document's page and its files."""

from flask import Blueprint

bp = Blueprint("documents", __name__)

from blueprints.documents import acts, drafts, files, intake, registers, scans, sending, templates, views  # noqa: E402, F401
