"""The register of users: people, units, groups, imports, reports; and who stands in for whom (1.1)."""

from flask import Blueprint

from portal.identity import service as identity
from portal.identity.words import field_words, import_state_words, permission_words

bp = Blueprint("people", __name__)


@bp.app_context_processor
def words():
    """States and permissions in words, for the templates of people."""
    return {
        "person_state": identity.state_of,
        "permission_words": permission_words,
        "import_state": import_state_words,
        "import_field": field_words,
    }


from blueprints.people import groups, imports, moves, reports, substitutes, units, views  # noqa: E402, F401
