"""Forms of documents: shape only."""

import re
import uuid
from datetime import date
from typing import ClassVar

from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional

from portal.documents.words import CARRIERS, DIRECTIONS, FIELD_TYPES, KINDS, PLAN_STATES, RETENTIONS
from portal.kernel.forms import BaseForm, DataRequired, InputRequired, LatvianDateField, Length, VersionField
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


class CentsField(StringField):
    """An amount of money typed as 1 234,50; kept in cents."""

    def process_formdata(self, valuelist):
        text = re.sub(r"[\s\u00a0€]", "", valuelist[0] if valuelist else "").replace(",", ".")
        self.data = None
        if text:
            if not re.fullmatch(r"-?\d{1,12}(\.\d{1,2})?", text):
                raise ValueError(_("Type the amount as %(example)s", example="1 234,50"))
            whole, _dot, cents = text.lstrip("-").partition(".")
            self.data = (int(whole) * 100 + int(cents.ljust(2, "0"))) * (-1 if text.startswith("-") else 1)

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else f"{self.data / 100:.2f}".replace(".", ",")


def _own_field(field):
    """The field of a form for one of a kind's own fields."""
    label, required = field["label"], [InputRequired()] if field["required"] else []
    if field["type"] == "date":
        return LatvianDateField(label, required)
    if field["type"] == "money":
        return CentsField(label, required)
    if field["type"] == "person":
        return PickSelectField(label, required)
    if field["type"] == "choice":
        choices = [("", _("choose"))] + [(choice, choice) for choice in field["choices"]]
        message = _l("Choose from the list")
        return SelectField(label, required, default="", choices=choices, invalid_choice_message=message)
    return StringField(label, [*required, Length(max=500)])


def with_own_fields(form, kind):
    """The form with the fields of a kind of registration added, each under the name extra_<key>."""
    fields = {f"extra_{field['key']}": _own_field(field) for field in (kind.fields if kind else ())}
    return type(form.__name__, (form,), fields)


def own_values(form):
    """{key: value} of what was typed into a kind's own fields."""
    return {name.removeprefix("extra_"): field.data for name, field in form._fields.items() if _is_own(name)}


def _is_own(name):
    return name.startswith("extra_")


class DataForm(BaseForm):
    """What is written down about any document (LAW-91, R282-33)."""

    def own_fields(self):
        """The fields that the kind of registration adds, in its order."""
        return [field for name, field in self._fields.items() if _is_own(name)]

    def offer_people(self, people):
        """Fill the pick lists of the kind's own fields."""
        for field in self.own_fields():
            if field.type == "PickSelectField":
                field.choices = people_choices(people)

    def show_own(self, kind, extra):
        """Fill in what is kept of a kind's own fields, for a form that was not sent yet."""
        for field in kind.fields if kind else ():
            value = extra.get(field["key"])
            if value is not None:
                turn = {"date": date.fromisoformat, "person": uuid.UUID}.get(field["type"], lambda same: same)
                self[f"extra_{field['key']}"].data = turn(value)

    title = StringField(_l("Title"), [DataRequired(), Length(max=500)])
    author = StringField(_l("Author"), [Length(max=300)], description=_l("Who wrote the document"))
    author_number = StringField(_l("Author's number"), [Length(max=80)])
    author_date = LatvianDateField(_l("Author's date"))
    addressee = StringField(_l("Addressee"), [Length(max=300)])
    received_on = LatvianDateField(_l("Received or dated on"), [InputRequired()])
    carrier = SelectField(
        _l("Carrier"),
        default="electronic",
        choices=[SelectChoice(carrier.value, word) for carrier, word in CARRIERS.items()],
        invalid_choice_message=_l("Choose from the list"),
    )
    summary = TextAreaField(_l("Summary"), [Length(max=10_000)])


class RegisterForm(DataForm):
    """A new document."""

    registration = SelectField(_l("What is registered"), invalid_choice_message=_l("Choose from the list"))
    register_id = PickSelectField(_l("Register"), [InputRequired()])
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
    late_reason = StringField(_l("Why it is registered later"), [Length(max=500)])
    kept = HiddenField()
    scan = HiddenField()
    answers_id = HiddenField()
    reserved = HiddenField()

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

    def offer(self, kinds, kind, registers, units, people):
        """Fill the pick lists; only registers that take the kind are offered."""
        self.registration.choices = [SelectChoice(one.key, one.name) for one in kinds]
        self.registration.data = kind.key if kind else ""
        taking = [r for r in registers if kind is None or r.code in kind.registers]
        self.register_id.choices = [SelectChoice(str(r.id), f"{r.name} ({r.index})") for r in taking]
        if taking and self.register_id.data not in [r.id for r in taking] and not self.is_submitted():
            self.register_id.data = taking[0].id
        self.offer_people(people)
        self.unit_id.choices = [SelectChoice("", _("not named"))] + [
            SelectChoice(str(unit.id), f"{unit.index} {unit.name}") for unit in units
        ]
        self.responsible_id.choices = people_choices(people)
        return self


class EditForm(DataForm):
    """A correction; the reason stays in the history (LAW-92)."""

    reason = StringField(_l("Why is it corrected?"), [DataRequired(), Length(max=500)])
    version = VersionField()


class FilesForm(BaseForm):
    """More files for a document."""

    files = MultipleFileField(_l("Files"), description=_l("Drag files here or choose them; several at once"))


class PagesForm(BaseForm):
    """Scanned pages."""

    pages = MultipleFileField(
        _l("Pages"), description=_l("PDF or pictures, in the order of pages; drag them here or choose them")
    )
    camera = MultipleFileField(_l("Take a picture"), description=_l("Opens the camera of a phone or tablet"))


def admit_field():
    """Asked when somebody is not on the list of a restricted document; only then it is shown (LAW-103)."""
    return BooleanField(_l("Add them to the list of those who need the document for their work"))


class ShareForm(BaseForm):
    """Let a person or a whole unit see the document."""

    key = SelectField(_l("Who may see it too"), [DataRequired()], invalid_choice_message=_l("Choose from the list"))
    until = LatvianDateField(_l("Until"), description=_l("Leave empty for no end; dd.mm.yyyy"))
    admit = admit_field()

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


class RegisterSettingsForm(BaseForm):
    """How a register is called and numbers."""

    name = StringField(_l("Name of the register"), [DataRequired(), Length(max=200)])
    index = StringField(_l("Index"), [DataRequired(), Length(max=20)])
    number_format = StringField(
        _l("Form of the number"),
        [DataRequired(), Length(max=60)],
        description=_l(
            "{seq} is the number in the year, {seq:04} with leading zeros; also {index}, {year}, {yy}, {unit}, {suffix}"
        ),
    )
    suffix = StringField(_l("Suffix"), [Length(max=20)])
    dossier_index = StringField(
        _l("Index of the file"),
        [Length(max=30)],
        description=_l("Documents of the register go into this file of the year by themselves"),
    )
    within_days = IntegerField(
        _l("Registered within, working days"),
        [Optional()],
        default=1,
        description=_l("After receipt, sending or signing; who registers later says why"),
    )
    asks_purpose = BooleanField(
        _l("Personal files: ask why a document is opened"), description=_l("The answer is kept in the audit log")
    )
    closed = BooleanField(_l("Closed: nothing is registered in it any more"))


class NewRegisterForm(RegisterSettingsForm):
    """A register that is not there yet."""

    code = StringField(
        _l("Code"), [DataRequired(), Length(max=40)], description=_l("Small letters, digits and underscores only")
    )
    direction = SelectField(_l("Direction"), invalid_choice_message=_l("Choose from the list"))
    kinds = SelectMultipleField(_l("Kinds of documents"), [InputRequired()])

    def offer(self):
        """Fill the pick lists."""
        self.direction.choices = [SelectChoice(key.value, str(word)) for key, word in DIRECTIONS.items()]
        self.kinds.choices = [SelectChoice(key.value, str(word)) for key, word in KINDS.items()]
        return self


class ReserveForm(BaseForm):
    """Numbers kept back for paper work."""

    count = IntegerField(_l("How many numbers"), [InputRequired()])
    reason = StringField(_l("What for"), [DataRequired(), Length(max=500)])


class ExplainForm(BaseForm):
    """Why numbers were never given."""

    first = IntegerField(_l("From number"), [InputRequired()])
    last = IntegerField(_l("To number"), [InputRequired()])
    reason = StringField(_l("Why they are not used"), [DataRequired(), Length(max=500)])


class OwnFieldForm(Form):
    """One line of the table in which a kind's own fields are set up."""

    key = HiddenField()
    label = StringField(_l("Name of the field"), [Length(max=80)])
    type = SelectField(_l("What is typed"), default="text")
    required = BooleanField(_l("Must be filled in"))
    choices = StringField(_l("Choices, divided by semicolons"), [Length(max=1000)])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.type.choices = [SelectChoice(key.value, str(word)) for key, word in FIELD_TYPES.items()]


class KindForm(BaseForm):
    """What is asked when a kind of document is registered."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=100)])
    kind = SelectField(_l("What it is by law"), description=_l("An application gets its term by itself"))
    registers = SelectMultipleField(_l("Registers"), [InputRequired()])
    dossier_index = StringField(
        _l("Index of the file"),
        [Length(max=30)],
        description=_l("Goes before the register's own: documents of this kind go into this file of the year"),
    )
    fields = FieldList(FormField(OwnFieldForm), min_entries=0)
    version = VersionField()

    def offer(self, registers):
        """Fill the pick lists."""
        self.kind.choices = [SelectChoice(key.value, str(word)) for key, word in KINDS.items()]
        self.registers.choices = [SelectChoice(r.code, f"{r.name} ({r.index})") for r in registers]
        return self

    def own_fields(self):
        """The lines of the table as plain values."""
        return [{**line, "choices": (line["choices"] or "").split(";")} for line in self.fields.data]


class SendForm(BaseForm):
    """To whom a document goes."""

    name = StringField(_l("Addressee"), [Length(max=300)])
    address = StringField(
        _l("E-address"), [DataRequired(), Length(max=200)], description=_l("For example _DEFAULT@90000000001")
    )


class ViewForm(BaseForm):
    """A name for the list as it is."""

    name = StringField(_l("Name of the view"), [DataRequired(), Length(max=100)])
    shared = BooleanField(_l("Others see it too"))


class FileForm(BaseForm):
    """Into which file of the filing plan a document goes."""

    dossier_id = PickSelectField(_l("Dossier"))


class WholeDays(IntegerField):
    """A number of days; nothing is None."""

    def process_formdata(self, valuelist):
        self.data = None
        text = (valuelist[0] if valuelist else "").strip()
        if text:
            if not text.isdigit():
                raise ValueError(_("Write a whole number"))
            self.data = int(text)


class BulkForm(BaseForm):
    """What an act on many documents needs to know."""

    responsible_id = PickSelectField(_l("Responsible executor"), [DataRequired()])
    text = TextAreaField(_l("What is to be done"), [Length(max=2000)])
    phrase = SelectField(_l("Quick phrase"), coerce=str, validate_choice=False)
    days = WholeDays(_l("Term in working days"), [Optional(), NumberRange(1, 400, _l("Between 1 and 400 days"))])
    due_on = LatvianDateField(_l("or until"))
    dossier_id = PickSelectField(_l("Dossier"))
    key = SelectField(_l("Who may see it too"), [DataRequired()], invalid_choice_message=_l("Choose from the list"))
    note = StringField(_l("Note"), [Length(max=500)])
    admit = admit_field()

    offer_keys = ShareForm.offer

    def keep_only(self, act):
        """Take the fields of the other acts off."""
        for name in {name for names in self._FIELDS.values() for name in names} - set(self._FIELDS[act]):
            del self[name]

    def value_of(self, act):
        """What was chosen or typed for the act."""
        return self[self._FIELDS[act][0]].data

    def fields_of(self, act):
        """The fields of the act, in their order."""
        return [self[name] for name in self._FIELDS[act]]

    _FIELDS: ClassVar = {
        "assign": ("responsible_id", "phrase", "text", "days", "due_on"),
        "file": ("dossier_id",),
        "share": ("key",),
        "finish": ("note",),
    }


class PlanForm(BaseForm):
    """A filing plan for a year."""

    year = IntegerField(_l("Year"), [InputRequired()])


class PlanStateForm(BaseForm):
    """The next state of a filing plan."""

    state = SelectField(
        choices=[(state.value, word) for state, word in PLAN_STATES.items()],
        invalid_choice_message=_l("Choose from the list"),
    )
    agreed_on = LatvianDateField(_l("Agreed on"))
    agreed_note = StringField(
        _l("Decision of the National Archives, or why none is needed"),
        [Length(max=300)],
        description=_l("Schemes are agreed once in five years; none is needed when all terms are fixed by law"),
    )


class PlanFileForm(BaseForm):
    """A table of rows."""

    file = FileField(_l("File"), description=_l("CSV or XLSX; the first line names the columns"))


class DossierForm(BaseForm):
    """A row of a filing plan (R282-20..26)."""

    index = StringField(_l("Index"), [DataRequired(), Length(max=30)], description=_l("For example 1-15 or A.2.6"))
    title = StringField(
        _l("Title"), [DataRequired(), Length(max=500)], description=_l("Type of documents, content, correspondent")
    )
    is_level = BooleanField(_l("A level (function, task), not a file"))
    retention = SelectField(
        _l("Kept"), default="", choices=[("", "–"), *((key.value, word) for key, word in RETENTIONS.items())]
    )
    retention_years = IntegerField(_l("Years"), [Optional()])
    retention_event = StringField(_l("After what the years are counted"), [Length(max=200)])
    retention_ground = StringField(_l("Ground of the term"), [Length(max=300)])
    review = SelectField(
        _l("Appraisal mark"),
        default="",
        choices=[("", "–"), ("EK", _l("EK – expert commission")), ("AI", _l("AI – repeated appraisal"))],
    )
    unit_id = PickSelectField(_l("Responsible unit"))
    carrier = SelectField(
        _l("Carrier"), default="", choices=[("", "–"), *((key.value, word) for key, word in CARRIERS.items())]
    )
    system = StringField(_l("Information system"), [Length(max=200)])
    restriction = StringField(
        _l("Restricted access"), [Length(max=300)], description=_l("Legal basis and period of the restriction")
    )
    notes = StringField(_l("Notes"), [Length(max=500)])
    runs_on = BooleanField(_l("Goes on in the next year until the matter is solved"))

    def offer(self, units):
        """Fill the pick list."""
        self.unit_id.choices = [("", _("not named"))] + [(str(unit.id), f"{unit.index} {unit.name}") for unit in units]
        return self
