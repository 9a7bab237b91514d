"""Forms of flows."""

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.form import Form
from wtforms.validators import NumberRange, Optional

from portal.documents.words import KINDS
from portal.identity import service as identity
from portal.kernel.forms import BaseForm, DataRequired, Length
from portal.kernel.i18n import _, _l
from portal.workflow import who

WHATS = {
    "task": _l("A person does something"),
    "approve": _l("Have the file approved with remarks"),
    "sign": _l("Have it signed"),
    "deliver": _l("Send to the addressee"),
    "notify": _l("Have people get acquainted"),
    "register": _l("Register"),
    "agenda": _l("Put before a committee or the council"),
    "wait": _l("Wait"),
}
BODIES = {"": "–", "committee": _l("Committee"), "council": _l("Council")}


def who_choices(actor):
    """Whom a step may be given to, in groups: {group: [(value, words)]}."""
    roles = [(f"role:{role.key}", role.name) for role in identity.list_roles()]
    units = [(str(unit.id), unit.name) for unit in identity.list_units(actor)]
    people = [(f"person:{person.id}", person.name) for person in identity.list_people(actor)]
    by_flow = {value: who.words(value) for value in ("starter", "head", "field:responsible_id")}
    return {
        _("By the flow"): [(value, words[:1].upper() + words[1:]) for value, words in by_flow.items()],
        _("One of a role"): roles,
        _("Head of a unit"): [(f"head:{key}", _("Head: %(unit)s", unit=name)) for key, name in units],
        _("One of a unit"): [(f"unit:{key}", name) for key, name in units],
        _("A person"): people,
    }


def who_words(actor):
    """A function from a step's `who` to words."""
    roles = {role.key: role.name for role in identity.list_roles()}
    units = {str(unit.id): unit.name for unit in identity.list_units(actor)}
    people = {str(person.id): person.name for person in identity.list_people(actor)}
    return lambda text: who.words(text, roles, units, people)


class NewForm(BaseForm):
    """A new flow."""

    name = StringField(_l("Name of the new flow"), [DataRequired(), Length(max=200)])
    listed = RadioField(
        _l("How it is made"),
        choices=[("list", _l("As an ordered list of steps")), ("drawing", _l("By drawing a diagram"))],
        default="list",
    )


class StepForm(Form):
    """One row of a simple flow."""

    class Meta:
        locales = False

    order = IntegerField(_l("Order"), [Optional(), NumberRange(0, 999)])
    name = StringField(_l("Step"), [Length(max=200)])
    what = SelectField(_l("What is done"), choices=[], default="task", validate_choice=False)
    who = SelectField(_l("Who"), choices=[], default="starter", validate_choice=False)
    days = IntegerField(_l("Working days"), [Optional(), NumberRange(1, 365)])
    parallel = BooleanField(_l("At the same time as the step before"))
    answers = StringField(_l("Answers, separated by |"), [Length(max=300)])
    condition = StringField(_l("Only if"), [Length(max=500)])
    body = SelectField(_l("Which body"), choices=[], default="", validate_choice=False)
    help = StringField(_l("Help for the one who does it"), [Length(max=500)])


class ListForm(BaseForm):
    """A simple flow: its rows in order; a row without a name is left out."""

    name = StringField(_l("Name of the flow"), [DataRequired(), Length(max=200)])
    purpose = TextAreaField(_l("What it is for"), [Length(max=2000)])
    version = HiddenField()
    steps = FieldList(FormField(StepForm), min_entries=1, max_entries=40)

    def offer(self, actor):
        """Fill in what may be chosen."""
        people = who_choices(actor)
        for row in self.steps:
            row.form.what.choices = list(WHATS.items())
            row.form.who.choices = people
            row.form.body.choices = list(BODIES.items())
        return self

    def rows(self):
        """The rows as the service takes them, in the order that was typed."""
        found = []
        for place, row in enumerate(self.steps):
            values = dict(row.form.data)
            order = values.pop("order")
            values["answers"] = [word.strip() for word in (values["answers"] or "").split("|") if word.strip()]
            found.append((order if order is not None else 1000 + place, place, values))
        return [values for _order, _place, values in sorted(found, key=lambda item: item[:2])]

    def attach(self, error):
        """Show an error of the n-th named row beside its field, too."""
        parts = (error.field or "").split("-")
        if len(parts) == 3 and parts[1].isdecimal():
            ordered = sorted(
                (row for row in self.steps if (row.form.name.data or "").strip()),
                key=lambda row: row.form.order.data if row.form.order.data is not None else 1000,
            ) or list(self.steps)
            field = ordered[min(int(parts[1]), len(ordered) - 1)].form._fields.get(parts[2])
            if field is not None:
                field.errors = [*field.errors, error.message]
            self.form_errors.append(error.message)
        else:
            super().attach(error)


class DrawForm(BaseForm):
    """A drawn draft."""

    xml = TextAreaField(_l("Model (BPMN)"), [DataRequired(), Length(max=400_000)])
    purpose = TextAreaField(_l("What it is for"), [Length(max=2000)])
    version = HiddenField()


class ReasonForm(BaseForm):
    """Why something is done."""

    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class StepDoneForm(BaseForm):
    """The answer to a step."""

    outcome = HiddenField()
    note = TextAreaField(_l("Note"), [Length(max=2000)])


class GiveForm(BaseForm):
    """Who is to do the step."""

    person_id = SelectField(_l("To whom"), choices=[], validate_choice=False)
    reason = StringField(_l("Reason"), [Length(max=500)])


class SkipForm(BaseForm):
    """Go on as if the step had been done."""

    outcome = SelectField(_l("Go on as if the answer were"), choices=[], validate_choice=False)
    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class BeginForm(BaseForm):
    """Begin a flow about an action or a case (7.2)."""

    flow = SelectField(_l("Flow"), choices=[], validate_choice=False)
    title = StringField(_l("What is to be done"), [DataRequired(), Length(max=400)])
    details = TextAreaField(_l("Details"), [Length(max=10_000)])
    case = HiddenField()


class BeginForDocumentForm(BaseForm):
    """Begin a flow for a document."""

    flow = SelectField(_l("Flow"), choices=[], validate_choice=False)


class RuleForm(BaseForm):
    """Which documents go through a flow."""

    kind = SelectField(_l("Kind of document"), choices=[], validate_choice=False)
    register = SelectField(_l("Register"), choices=[], validate_choice=False)
    keyword = StringField(_l("Word in the title or summary"), [Length(max=200)])
    sender = StringField(_l("Sender's name holds"), [Length(max=200)])
    key = SelectField(_l("Flow"), choices=[], validate_choice=False)

    def offer(self, registers, flows):
        """Fill in what may be chosen."""
        self.kind.choices = [("", _("any")), *((str(kind), words) for kind, words in KINDS.items())]
        self.register.choices = [("", _("any")), *((one.code, one.name) for one in registers)]
        self.key.choices = flows
        return self
