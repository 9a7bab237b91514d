"""Forms of documents: shape only."""

import uuid

from wtforms import BooleanField, HiddenField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.documents.words import KINDS
from portal.kernel.forms import BaseForm, DataRequired, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _, _l


def _id(value):
    """An id out of a select, None for the empty choice."""
    return uuid.UUID(value) if value and not isinstance(value, uuid.UUID) else value or None


def people_choices(people):
    """Active people for a select, with their position."""
    return [SelectChoice("", _("not named"))] + [
        SelectChoice(str(person.id), f"{person.name}, {person.position}" if person.position else person.name)
        for person in people
        if person.active
    ]


class PickSelectField(SelectField):
    """A select over ids; the empty choice is None."""

    def __init__(self, label=None, validators=None, **kwargs):
        super().__init__(
            label,
            validators,
            coerce=_id,
            invalid_choice_message=_l("Choose from the list"),
            invalid_value_message=_l("Choose from the list"),
            **kwargs,
        )


class DataForm(BaseForm):
    """What is written down about any document (LAW-91, R282-33)."""

    title = StringField(_l("Title"), [DataRequired(), Length(max=500)])
    author = StringField(_l("Author"), [Length(max=300)], description=_l("Who wrote the document"))
    author_number = StringField(_l("Author's number"), [Length(max=80)])
    author_date = LatvianDateField(_l("Author's date"))
    addressee = StringField(_l("Addressee"), [Length(max=300)])
    received_on = LatvianDateField(_l("Received or dated on"), [InputRequired()])
    summary = TextAreaField(_l("Summary"), [Length(max=10_000)])


class RegisterForm(DataForm):
    """A new document."""

    register_id = PickSelectField(_l("Register"), [InputRequired()])
    kind = SelectField(_l("Kind"), coerce=str, invalid_choice_message=_l("Choose from the list"))
    unit_id = PickSelectField(_l("Unit"))
    responsible_id = PickSelectField(_l("Responsible"))
    files = MultipleFileField(
        _l("Files"),
        description=_l("Drag files here or choose them; several at once. An e-mail (.eml) fills in the form by itself"),
    )
    each = BooleanField(
        _l("Each file is a document of its own"),
        description=_l("The title comes from the file's name, or from the e-mail; the other fields serve all"),
    )
    kept = HiddenField()
    scan = HiddenField()

    def suggest(self, values):
        """Fill in what is still empty."""
        for name, value in values.items():
            if not self[name].data:
                self[name].data, self[name].raw_data = value, None

    def validate(self, extra_validators=None):
        """Documents made one from each file bring their titles with them."""
        if self.each.data:
            self.title.validators = [v for v in self.title.validators if not isinstance(v, DataRequired)]
        return super().validate(extra_validators)

    def offer(self, registers, units, people):
        """Fill the pick lists."""
        self.register_id.choices = [SelectChoice(str(r.id), f"{r.name} ({r.index})") for r in registers]
        kinds = dict.fromkeys(kind for register in registers for kind in register.kinds)
        self.kind.choices = [SelectChoice("", _("as the register says"))] + [
            SelectChoice(kind, str(KINDS[kind])) for kind in kinds
        ]
        self.unit_id.choices = [SelectChoice("", _("not named"))] + [
            SelectChoice(str(unit.id), f"{unit.index} {unit.name}") for unit in units
        ]
        self.responsible_id.choices = people_choices(people)
        return self


class EditForm(DataForm):
    """A correction; the reason stays in the history (LAW-92)."""

    reason = StringField(_l("Why is it corrected?"), [DataRequired(), Length(max=500)])
    version = HiddenField()

    def version_number(self):
        """The version the editor saw; 0 when the hidden field was tampered with."""
        return int(self.version.data) if (self.version.data or "").isdigit() else 0


class FilesForm(BaseForm):
    """More files for a document."""

    files = MultipleFileField(_l("Files"), description=_l("Drag files here or choose them; several at once"))


class PagesForm(BaseForm):
    """Scanned pages."""

    pages = MultipleFileField(
        _l("Pages"), description=_l("PDF or pictures, in the order of pages; drag them here or choose them")
    )
    camera = MultipleFileField(_l("Take a picture"), description=_l("Opens the camera of a phone or tablet"))


class ShareForm(BaseForm):
    """Let a person or a whole unit see the document."""

    key = SelectField(_l("Who may see it too"), [DataRequired()], invalid_choice_message=_l("Choose from the list"))
    until = LatvianDateField(_l("Until"), description=_l("Leave empty for no end; dd.mm.yyyy"))

    def offer(self, units, people):
        """Fill the pick list."""
        units_group, people_group = _("Units"), _("People")
        self.key.choices = (
            [SelectChoice("", _("choose"))]
            + [SelectChoice(f"unit:{unit.id}", unit.name, optgroup=units_group) for unit in units]
            + [
                SelectChoice(f"person:{person.id}", person.name, optgroup=people_group)
                for person in people
                if person.active
            ]
        )
        return self


class AnnulForm(BaseForm):
    """A document is taken out of force."""

    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=1000)])


class FinishForm(BaseForm):
    """A document is done."""

    note = StringField(_l("Note"), [Length(max=500)])
