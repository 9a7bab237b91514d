"""Forms of signing: shape only."""

import uuid

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.form import Form
from wtforms.validators import NumberRange

from portal.kernel.forms import BaseForm, DataRequired, Length
from portal.kernel.i18n import _l


class SignForm(BaseForm):
    """The PIN; never sent back to the browser, never offered by its memory."""

    pin = PasswordField(
        _l("PIN of the signing certificate"),
        [DataRequired(), Length(max=32)],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )


class ManyForm(SignForm):
    """Several papers and one PIN."""

    requests = SelectMultipleField(
        _l("Papers to sign"), [DataRequired(_l("Choose what to sign"))], coerce=uuid.UUID, validate_choice=False
    )

    def offer(self, waiting, ticked=()):
        """All are chosen, or those that were ticked in the work list, until the signer says otherwise."""
        self.requests.choices = [(one.id, one.title) for one in waiting]
        if not self.is_submitted():
            self.requests.data = [one.id for one in waiting if not ticked or str(one.id) in ticked]
        return self


class RefuseForm(BaseForm):
    """Why somebody does not sign."""

    reason = TextAreaField(_l("Reason for refusing"), [DataRequired(), Length(max=2000)], render_kw={"rows": 3})


class CheckForm(BaseForm):
    """A signed file to be judged."""

    file = FileField(
        _l("Signed file"),
        [FileRequired(_l("Choose a file"))],
        description=_l("A container (ASiC-E, EDOC, BDOC), a signed PDF or signed XML (XAdES)"),
        render_kw={"accept": ".asice,.edoc,.bdoc,.sce,.asics,.pdf,.xml,.xades"},
    )


class RemarkForm(Form):
    """A remark on a place of the text."""

    quote = TextAreaField(
        _l("The passage it is about"),
        [Length(max=2000)],
        description=_l("Copy it from the text; leave empty when the remark is about the whole"),
        render_kw={"rows": 2},
    )
    text = TextAreaField(_l("Remark"), [Length(max=4000)], render_kw={"rows": 2})


class AnswerForm(BaseForm):
    """The answer is said by the button; remarks as many as there are rows."""

    comment = TextAreaField(_l("Comment"), [Length(max=2000)], render_kw={"rows": 2})
    remarks = FieldList(FormField(RemarkForm), _l("Remarks"), min_entries=3, max_entries=30)

    @property
    def written(self):
        """[(passage, remark)], also the empty ones."""
        return [(row.quote.data or "", row.text.data or "") for row in self.remarks]


class OutcomeForm(BaseForm):
    """What became of a remark."""

    reason = TextAreaField(_l("Why it is not taken"), [Length(max=2000)], render_kw={"rows": 2})


PEOPLE = 6


class PeopleForm(BaseForm):
    """People in order, one a row."""

    people = FieldList(
        SelectField(_l("Person"), validate_choice=False), _l("Who"), min_entries=PEOPLE, max_entries=PEOPLE
    )
    in_order = BooleanField(
        _l("One after another"), description=_l("Each is asked when those above have answered; otherwise all at once")
    )

    def offer(self, people, files):
        """people: those who can be asked; files: what it is about."""
        choices = [("", _l("nobody")), *((str(one.id), one.name) for one in people)]
        for row in self.people:
            row.choices = choices
        self.file.choices = [(file.sha256, file.name) for file in files]
        if not self.is_submitted() and files:
            self.file.data = files[0].sha256
        return self

    @property
    def chosen(self):
        """Ids of the people, in order, each once."""
        offered = {key for key, _name in self.people[0].choices if key}
        return [uuid.UUID(one) for one in dict.fromkeys(row.data for row in self.people) if one in offered]


class AskApprovalForm(PeopleForm):
    """Who approves which version, until when."""

    file = RadioField(_l("Version to approve"), [DataRequired()])
    due_days = IntegerField(
        _l("Term in working days"), [DataRequired(), NumberRange(1, 60)], default=3, render_kw={"inputmode": "numeric"}
    )


class AskSignatureForm(PeopleForm):
    """Who signs what, and in which form."""

    file = SelectMultipleField(_l("Files to sign"), [DataRequired(_l("Choose what to sign"))])
    format = RadioField(
        _l("Form of the signature"),
        choices=[
            ("asice", _l("Container (ASiC-E): all files together")),
            ("pades", _l("In the PDF itself, with a visible mark")),
        ],
        default="asice",
    )
    due_days = IntegerField(
        _l("Term in working days"), [DataRequired(), NumberRange(1, 60)], default=5, render_kw={"inputmode": "numeric"}
    )

    def offer(self, people, files):
        """All files are chosen until the asker says otherwise."""
        super().offer(people, files)
        if not self.is_submitted():
            self.file.data = [file.sha256 for file in files]
        return self


class ListForm(BaseForm):
    """A list of trusted services from a file."""

    file = FileField(_l("List (XML)"), [FileRequired(_l("Choose a file"))], render_kw={"accept": ".xml,.xtsl"})
