"""Pieces that all rows of a list share, made once a page: a list is what people load all day."""

from flask import current_app

from portal.documents.words import KINDS, STATE_SHAPES, STATES
from portal.kernel.i18n import _


class RowLook:
    """States, kinds and deadlines as the shared macros draw them, each drawn once for all rows that need it."""

    def __init__(self):
        self._macros = current_app.jinja_env.get_template("shared/macros.html").module
        self._made = {}
        self._warning = None
        self.kinds = {kind: str(word) for kind, word in KINDS.items()}
        self.states = {state: self._macros.status(str(word), STATE_SHAPES[state]) for state, word in STATES.items()}

    @property
    def warning(self):
        """The mark of a document whose files need a look."""
        if self._warning is None:
            self._warning = self._macros.status(_("Check the files"), "warn")
        return self._warning

    def due(self, document):
        """The date by which something must be done, with the days left while the document is open."""
        key = document.due_on, document.is_open
        if key not in self._made:
            self._made[key] = self._macros.deadline(document.due_on, done=not document.is_open)
        return self._made[key]
