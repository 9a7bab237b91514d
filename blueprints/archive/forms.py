"""Forms of the archive: shape only."""

from wtforms import StringField, TextAreaField

from portal.kernel.forms import BaseForm, DataRequired, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _l


class ReasonForm(BaseForm):
    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class EventForm(BaseForm):
    event_on = LatvianDateField(_l("It happened on"), [InputRequired()])


class NoteForm(BaseForm):
    note = TextAreaField(_l("Note"), [Length(max=1000)])


class AgreementForm(BaseForm):
    number = StringField(_l("Number of the Archive's decision"), [DataRequired(), Length(max=60)])
    agreed_on = LatvianDateField(_l("Date of the decision"), [InputRequired()])


class TakenForm(BaseForm):
    number = StringField(_l("Number of the Archive's act"), [DataRequired(), Length(max=60)])
    taken_on = LatvianDateField(_l("Taken over on"), [InputRequired()])
