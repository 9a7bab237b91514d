"""Forms of resolutions and of control: shape only."""

import uuid

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.documents.forms import PickSelectField, WholeDays, admit_field, people_choices
from portal.kernel.forms import BaseForm, DataRequired, LatvianDateField, Length
from portal.kernel.i18n import _, _l
from portal.workflow.words import ORDERS


class PeopleField(SelectMultipleField):
    """Several people, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label=None, validators=None, **kwargs):
        super().__init__(
            label, validators, coerce=uuid.UUID, invalid_choice_message=_l("Choose from the list"), **kwargs
        )


class TermForm(BaseForm):
    """A term: so many working days, or a date."""

    days = WholeDays(_l("Term in working days"), [Optional(), NumberRange(1, 400, _l("Between 1 and 400 days"))])
    due_on = LatvianDateField(_l("or until"))


class WriteForm(TermForm):
    """A resolution. A phrase alone is enough: it is the text when nothing is typed."""

    responsible_id = PickSelectField(_l("Responsible executor"), [DataRequired()], render_kw={"autofocus": True})
    text = TextAreaField(_l("What is to be done"), [Length(max=2000)])
    phrase = SelectField(_l("Quick phrase"), coerce=str, validate_choice=False)
    co_ids = PeopleField(_l("Co-executors"), [Optional()])
    order = RadioField(
        _l("Order of the executors"), choices=[(key.value, word) for key, word in ORDERS.items()], default="parallel"
    )
    keep = BooleanField(_l("Keep this text among my quick phrases"))
    admit = admit_field()

    def offer(self, people, phrases):
        """Fill the pick lists."""
        self.responsible_id.choices = people_choices(people)
        self.co_ids.choices = [SelectChoice(str(person.id), person.name) for person in people]
        self.phrase.choices = [SelectChoice("", _("choose"))] + [SelectChoice(text, text) for _id, text in phrases]
        return self


class AskForm(BaseForm):
    """A document is handed to a head for a resolution."""

    person_id = PickSelectField(_l("Who decides what is to be done"), [DataRequired()])
    note = StringField(_l("Note"), [Length(max=300)])
    admit = admit_field()

    def offer(self, people):
        """Fill the pick list."""
        self.person_id.choices = people_choices(people)
        return self


class NoteForm(BaseForm):
    """An executor's word on what was done."""

    note = TextAreaField(_l("What was done"), [Length(max=2000)])


class RemarkForm(BaseForm):
    """The author's answer."""

    remark = TextAreaField(_l("Remark"), [Length(max=1000)])
    report_on = BooleanField(_l("Report my own part in the resolution above as done too"))


class ReasonForm(BaseForm):
    """An act that needs its reason."""

    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class ExtendForm(BaseForm):
    """A later term with its reason."""

    due_on = LatvianDateField(_l("New term"), [DataRequired()])
    reason = StringField(_l("Reason"), [DataRequired(), Length(max=1000)])


class AnswerForm(BaseForm):
    """The answer to a request."""

    answer = StringField(_l("Remark"), [Length(max=1000)])


class GiveForm(BaseForm):
    """Another executor."""

    person_id = PickSelectField(_l("New executor"), [DataRequired()])
    reason = StringField(_l("Reason"), [Length(max=500)])
    admit = admit_field()

    def offer(self, people):
        """Fill the pick list."""
        self.person_id.choices = people_choices(people)
        return self


class PhraseForm(BaseForm):
    """One more quick phrase."""

    text = StringField(_l("Phrase"), [DataRequired(), Length(max=300)])


class ControlForm(BaseForm):
    """A document is put under control."""

    reason = StringField(_l("Why it is watched"), [Length(max=500)])


class BulkExtendForm(TermForm):
    """Later terms for many."""

    reason = StringField(_l("Reason"), [DataRequired(), Length(max=1000)])


class BulkGiveForm(GiveForm):
    """Another executor for many."""


class BulkRemindForm(BaseForm):
    """A word to many."""
