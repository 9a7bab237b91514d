"""Files of a form that came back with mistakes: they lie in storage, and a signed note in the form remembers them."""

from flask import current_app
from flask_login import current_user
from itsdangerous import BadData, URLSafeTimedSerializer

from portal.documents.service import Upload

MAX_AGE_S = 24 * 3600


def keep_token(uploads):
    """The note for the form; only the same person can give it back."""
    return _serializer().dumps([tuple(upload) for upload in uploads]) if uploads else ""


def kept_uploads(token):
    """The files of the note; none when it is missing, old, or somebody else's."""
    try:
        return [Upload(*values) for values in _serializer().loads(token, max_age=MAX_AGE_S)] if token else []
    except (BadData, TypeError):
        return []


def _serializer():
    return URLSafeTimedSerializer(current_app.secret_key, salt=f"documents.kept.{current_user.person_id}")
