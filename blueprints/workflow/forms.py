"""Forms of tasks."""

from wtforms import TextAreaField

from portal.kernel.forms import BaseForm, Length
from portal.kernel.i18n import _l


class DoneForm(BaseForm):
    """A simple task is finished, with a note or without."""

    note = TextAreaField(_l("Note"), [Length(max=2000)])
