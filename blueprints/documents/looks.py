"""Pieces that all rows of a list share, made once a language or once a page: a list is what people load all day."""

from dataclasses import dataclass
from functools import lru_cache

from flask import current_app

from portal.documents.service import COLUMNS
from portal.documents.words import DIRECTIONS, KINDS, STATE_SHAPES, STATES
from portal.kernel.i18n import _, language

# columns that rows draw with shapes and links; the others are plain text
DRAWN = ("number", "title", "state", "due", "registered", "responsible")


@dataclass(frozen=True)
class Words:
    """Names in one language, and the states as the shared macro draws them."""

    directions: dict
    kinds: dict
    states: dict
    drawn_states: dict
    warning: str
    late: str
    columns: dict


def _macros():
    return current_app.jinja_env.get_template("shared/macros.html").module


@lru_cache(maxsize=8)
def _words(_language):
    status = _macros().status
    return Words(
        directions={key: str(word) for key, word in DIRECTIONS.items()},
        kinds={key: str(word) for key, word in KINDS.items()},
        states={key: str(word) for key, word in STATES.items()},
        drawn_states={key: status(str(word), STATE_SHAPES[key]) for key, word in STATES.items()},
        warning=status(_("Check the files"), "warn"),
        late=status(_("registered later"), "warn"),
        columns={key: str(word) for key, word in COLUMNS.items()},
    )


class RowLook:
    """What the rows of one page need: the words of the reader's language, and each deadline drawn once."""

    def __init__(self):
        self.words = _words(language())
        self._deadline = _macros().deadline
        self._made = {}

    def due(self, document):
        """The date by which something must be done, with the days left while the document is open."""
        key = document.due_on, document.is_open
        if key not in self._made:
            self._made[key] = self._deadline(document.due_on, done=not document.is_open)
        return self._made[key]
