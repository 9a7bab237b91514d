"""Forms of the council: shape only; the law lives in the service."""

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, Regexp

from portal.council.models import ActKind, PaperState, Rule, SessionKind, Subject
from portal.kernel.forms import BaseForm, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _l

KINDS = {
    SessionKind.REGULAR: _l("Regular"),
    SessionKind.EXTRAORDINARY: _l("Extraordinary"),
    SessionKind.REPEAT: _l("Repeat"),
}
ACT_KINDS = {
    ActKind.INDIVIDUAL: _l("Individual act or contract"),
    ActKind.EXTERNAL_REGULATION: _l("Binding regulation"),
    ActKind.POLITICAL: _l("Political decision"),
    ActKind.OWN_OFFICE: _l("Own pay or office"),
}
SUBJECTS = {
    Subject.GENERAL: _l("General"),
    Subject.BUDGET: _l("Budget"),
    Subject.STATUTE: _l("Statute of the municipality"),
    Subject.PLANNING: _l("Development and spatial planning"),
    Subject.COUNCIL_CHAIR: _l("Chair or deputy chair"),
    Subject.COMMITTEE_MEMBERS: _l("Members of committees"),
    Subject.EXECUTIVE_DIRECTOR: _l("Executive director"),
    Subject.INSTITUTION_HEAD: _l("Head of an institution"),
    Subject.MANDATE: _l("Mandate of a deputy"),
}
RULES = {
    Rule.PRESENT_MAJORITY: _l("More than half of those voting"),
    Rule.PRESENT_TWO_THIRDS: _l("At least two thirds of those voting"),
    Rule.ALL_DEPUTIES_MAJORITY: _l("More than half of all deputies"),
}
STATES = {
    PaperState.FINAL: _l("Being drawn up"),
    PaperState.SIGNING: _l("Waits for signature"),
    PaperState.SIGNED: _l("Signed"),
    PaperState.REFUSED: _l("Refused to sign"),
}
_TIME = Regexp(r"^([01]?\d|2[0-3])[:.][0-5]\d$", message=_l("Type the time as 14:00"))


def choices(words, **first):
    """(value, word) pairs of an enum's words."""
    return [*first.items(), *((str(key), word) for key, word in words.items())]


class SessionForm(BaseForm):
    body_id = SelectField(_l("Body"))
    kind = SelectField(_l("Kind of session"), choices=choices(KINDS), default=str(SessionKind.REGULAR))
    day = LatvianDateField(_l("Date"), [InputRequired()])
    hour = StringField(_l("Time"), [InputRequired(), _TIME], description=_l("hh:mm"))
    place = StringField(_l("Place"), [InputRequired(), Length(max=300)])
    urgency = TextAreaField(
        _l("Justification of urgency"),
        [Length(max=2000)],
        description=_l("Why it cannot wait, and what happens if it waits (Local Government Law 29(2))"),
    )
    repeat_of_id = SelectField(_l("Repeats the session"), validate_choice=False)
    template = BooleanField(_l("Put the standing items of the body's template on the agenda"), default=True)
    remote = BooleanField(_l("The session is held remotely"))


class MatterForm(BaseForm):
    title = StringField(_l("Title"), [InputRequired(), Length(max=500)])
    draft_text = TextAreaField(_l("Draft decision"), [Length(max=200000)])
    act_kind = SelectField(
        _l("Kind of act"),
        choices=choices(ACT_KINDS),
        description=_l("Decides whether a conflict of interest takes a deputy out of the vote"),
    )
    subject = SelectField(_l("Subject"), choices=choices(SUBJECTS), default=str(Subject.GENERAL))
    urgency = TextAreaField(
        _l("Justification of urgency"), [Length(max=2000)], description=_l("Only for an extraordinary session")
    )
    version = HiddenField()


class NewMatterForm(MatterForm):
    body_id = SelectField(_l("Body"))


class ReasonForm(BaseForm):
    reason = StringField(_l("Reason"), [Length(max=500)])


class MarkForm(BaseForm):
    member_id = HiddenField(validators=[InputRequired()])
    present = HiddenField()
    at = StringField(_l("Time"), [Optional(), _TIME])
    reason = StringField(_l("Reason of absence"), [Length(max=300)])


class VoteForm(BaseForm):
    choice = StringField(validators=[InputRequired()])


class EntryForm(BaseForm):
    member_id = StringField(validators=[InputRequired()])
    choice = StringField(validators=[InputRequired()])
    reason = StringField(validators=[Length(max=300)])


class SpeakerForm(BaseForm):
    name = StringField(_l("Name and surname"), [InputRequired(), Length(max=160)])
    office = StringField(_l("Office"), [Length(max=160)])


class RemarkForm(BaseForm):
    kind = StringField(validators=[InputRequired()])
    name = StringField(validators=[Length(max=160)])
    text = TextAreaField(_l("What was said"), [InputRequired(), Length(max=5000)])
