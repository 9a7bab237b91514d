"""Forms of the council: shape only; the law lives in the service."""

import re

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput

from portal.council.models import (
    ActKind,
    MatterState,
    Outcome,
    PaperState,
    Requester,
    Rule,
    SessionKind,
    Skip,
    Subject,
    Submitter,
)
from portal.council.regulations import Area
from portal.kernel.forms import BaseForm, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _, _l

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
SUBMITTERS = {
    Submitter.DIRECTOR: _l("Executive director"),
    Submitter.CHAIR: _l("Chair of the council"),
    Submitter.COMMITTEE: _l("Committee"),
    Submitter.DEPUTY: _l("Deputy"),
    Submitter.INITIATOR: _l("Initiator of the extraordinary session"),
    Submitter.RESIDENTS: _l("Residents' council"),
    Submitter.MINISTER: _l("Minister or the Cabinet"),
}
SKIPS = {
    Skip.EXTRAORDINARY: _l("For an extraordinary session"),
    Skip.SPECIAL_REGULAR: _l("For a session convened by deputies or the minister, or a repeat session"),
    Skip.OFFICIALS: _l("Election, appointment or recall of officials"),
}
MATTER_STATES = {
    MatterState.PREPARING: _l("Being prepared"),
    MatterState.POOL: _l("Waits for a session"),
    MatterState.PLACED: _l("On the agenda"),
    MatterState.OPEN: _l("Being heard"),
    Outcome.SUPPORTED: _l("Supported"),
    Outcome.NOT_SUPPORTED: _l("Not supported"),
    Outcome.ADOPTED: _l("Adopted"),
    Outcome.REJECTED: _l("Rejected"),
    Outcome.POSTPONED: _l("Postponed"),
    Outcome.WITHDRAWN: _l("Withdrawn"),
}
AREAS = {
    Area.MUNICIPAL: _l("Public order and other matters of section 45"),
    Area.SOCIAL: _l("Social security"),
    Area.CHILDREN: _l("Rights of children"),
    Area.FEES: _l("Municipal fees"),
    Area.TAX: _l("Tax rates"),
    Area.OTHER_LAW: _l("Another law names the ministry"),
    Area.OTHER: _l("Other"),
    Area.STATUTE: _l("Statute of the municipality"),
    Area.BUDGET: _l("Budget"),
    Area.PLANNING: _l("Spatial planning"),
}
TERMS = {"late": _l("Late"), "week": _l("In a session within a week")}
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
REQUESTERS = {
    Requester.COUNCIL_CHAIR: _l("Chair of the council"),
    Requester.MEMBERS: _l("Members of the committee, at least one third"),
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
    with_ids = SelectMultipleField(
        _l("Together with the committees"),
        description=_l("A joint session (Local Government Law 43); with the finance committee the chair of the council "
                       "leads it"),
        validate_choice=False,
        option_widget=CheckboxInput(),
    )  # fmt: skip
    requested_by = SelectField(
        _l("Who asked for the session of the committee"),
        choices=choices(REQUESTERS, **{"": _l("Its chair convenes it")}),
        default="",
        description=_l("On request it is convened in 24 hours (Local Government Law 42)"),
    )
    signed = IntegerField(_l("How many members asked"), [Optional(), NumberRange(1, 200, _l("From 1 to 200"))])
    requested_day = LatvianDateField(_l("The request was received on"))
    requested_hour = StringField(_l("At"), [Optional(), _TIME], description=_l("hh:mm"))
    template = BooleanField(_l("Put the standing items of the body's template on the agenda"), default=True)
    remote = BooleanField(_l("The session is held remotely"))


class AmountField(StringField):
    """Euros, typed as 1 234,50; the data is whole cents, or None."""

    def process_formdata(self, valuelist):
        text = re.sub(r"[\s€]", "", valuelist[0] if valuelist else "").replace(",", ".")
        self.data = None
        if not text:
            return
        if not re.fullmatch(r"\d{1,12}(\.\d{1,2})?", text):
            raise ValueError(_("Type the amount as %(example)s", example="1234,50"))
        whole, _dot, cents = text.partition(".")
        self.data = int(whole) * 100 + int(cents.ljust(2, "0") or 0)

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else f"{self.data // 100},{self.data % 100:02}"


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
    note = TextAreaField(_l("Explanatory note"), [Length(max=50000)], render_kw={"rows": 6})
    legal_basis = TextAreaField(
        _l("Legal basis"), [Length(max=5000)], description=_l("Acts and their sections, one a line")
    )
    amount_cents = AmountField(
        _l("Financial effect, €"), description=_l("With an amount the finance committee is asked (section 39(3))")
    )
    budget_line = StringField(_l("Budget position"), [Length(max=200)])
    real_estate = BooleanField(_l("Real estate is alienated"))
    submitter = SelectField(_l("Submitted by"), choices=choices(SUBMITTERS))
    submitter_name = StringField(
        _l("Name of the submitter"), [Length(max=200)], description=_l("Which committee, deputy or minister")
    )
    rapporteur = StringField(_l("Rapporteur"), [Length(max=200)])
    submitters_own = BooleanField(_l("The change was proposed by the minister or the Cabinet"))
    version = HiddenField()

    def details(self):
        """What belongs to the submission and not to the matter."""
        names = ("note", "legal_basis", "amount_cents", "budget_line", "real_estate", "submitter", "submitter_name")
        return {name: self[name].data for name in names}


class NewMatterForm(MatterForm):
    committees = SelectMultipleField(
        _l("Committees that are asked, in this order"),
        description=_l("With none chosen the draft goes straight to the council"),
        validate_choice=False,
    )
    at_once = BooleanField(_l("All committees at once"))
    skip = SelectField(
        _l("Checks and opinions are skipped"),
        choices=choices(SKIPS, **{"": _l("No")}),
        description=_l("Local Government Law, section 36(2)"),
    )


class TemplateForm(BaseForm):
    name = StringField(_l("Name of the template"), [InputRequired(), Length(max=200)])
    act_kind = SelectField(_l("Kind of act"), choices=choices(ACT_KINDS))
    subject = SelectField(_l("Subject"), choices=choices(SUBJECTS), default=str(Subject.GENERAL))
    text = TextAreaField(_l("Draft decision"), [Length(max=200000)], render_kw={"rows": 14})
    note = TextAreaField(_l("Explanatory note"), [Length(max=50000)], render_kw={"rows": 5})
    legal_basis = TextAreaField(_l("Legal basis"), [Length(max=5000)])


class CheckForm(BaseForm):
    name = StringField(_l("What is checked"), [InputRequired(), Length(max=100)])
    person = StringField(_l("Who approves"), [InputRequired(), Length(max=200)])
    money_only = BooleanField(_l("Only drafts with a financial effect"))


class AmendmentForm(BaseForm):
    old_text = TextAreaField(
        _l("Words of the draft that are replaced"),
        [Length(max=20000)],
        description=_l("Copy them from the draft; leave empty for words that are added"),
    )
    new_text = TextAreaField(_l("New words"), [Length(max=20000)])
    reason = TextAreaField(_l("Reason"), [Length(max=5000)])
    author = SelectField(_l("Whose amendment"), validate_choice=False)
    of_submitter = BooleanField(_l("Proposed by who submitted the draft"))


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
