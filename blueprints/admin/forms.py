"""Forms of the journal of incidents: shape only."""

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Regexp

from portal.admin.models import IncidentKind
from portal.admin.words import KIND_WORDS
from portal.kernel import clock
from portal.kernel.forms import BaseForm, DataRequired, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _l


class IncidentForm(BaseForm):
    title = StringField(_l("What happened"), [DataRequired(), Length(max=200)])
    kind = SelectField(_l("Kind"), choices=[(kind.value, words) for kind, words in KIND_WORDS.items()])
    day = LatvianDateField(_l("Detected on"), [InputRequired()])
    hour = StringField(
        _l("Time"),
        [InputRequired(), Regexp(r"^([01]?\d|2[0-3])[:.][0-5]\d$", message=_l("Type the time as 14:00"))],
        description=_l("hh:mm"),
    )
    description = TextAreaField(
        _l("What is known"),
        [DataRequired(), Length(max=10000)],
        description=_l("Which systems and data it concerns, who found it, what was done at once"),
    )
    personal_data = BooleanField(_l("It concerns personal data"))
    late_reason = TextAreaField(
        _l("Why it is entered later"),
        [Length(max=2000)],
        description=_l("Only when it was detected more than 24 hours ago"),
    )

    def incident(self) -> dict:
        """What the service takes."""
        hours, minutes = self.hour.data.replace(".", ":").split(":")
        return {
            "title": self.title.data,
            "kind": IncidentKind(self.kind.data),
            "detected_at": clock.at_local(self.day.data, int(hours), int(minutes)),
            "description": self.description.data,
            "personal_data": self.personal_data.data,
            "late_reason": self.late_reason.data or "",
        }

    def attach(self, error):
        """The service knows one moment where the form has two fields."""
        if error.field == "detected_at":
            error.field = "day"
        super().attach(error)


class NoteForm(BaseForm):
    text = TextAreaField(_l("What was found or done"), [DataRequired(), Length(max=10000)])
