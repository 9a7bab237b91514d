"""Forms of the register of users: shape only."""

import uuid

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from portal.kernel.forms import BaseForm, DataRequired, InputRequired, LatvianDateField, Length, PersonalCodeField
from portal.kernel.i18n import _l


def _uuid(value):
    """The chosen id; what is not one counts as nothing chosen."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


class ChecksField(SelectMultipleField):
    """Several of a short list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonField(StringField):
    """Somebody of the register, typed with suggestions: “Given Family (username)”."""


class _WithUnits:
    """A choice of unit by its index; empty: none."""

    def offer(self, units, roles=(), groups=()):
        """Fill in the choices."""
        self.unit_id.choices = [("", "–"), *((str(unit.id), f"{unit.index} {unit.name}") for unit in units)]
        for name, rows in (("roles", roles), ("give", roles), ("groups", groups)):
            if name in self:
                self[name].choices = rows
        return self


class PersonForm(BaseForm):
    """What can be mended in a person's data; unit and position change by a move."""

    given_name = StringField(_l("Given name"), [DataRequired(), Length(max=100)])
    family_name = StringField(_l("Family name"), [DataRequired(), Length(max=100)])
    username = StringField(_l("User name"), [DataRequired(), Length(max=60)])
    email = StringField(_l("E-mail"), [DataRequired(), Length(max=200)])
    phone = StringField(_l("Phone"), [Length(max=40)])
    personal_code = PersonalCodeField(
        _l("Personal code"), description=_l("Leave empty to keep the one that is there. It is kept encrypted.")
    )
    clear_code = BooleanField(_l("Remove the personal code"))


class JoinForm(_WithUnits, BaseForm):
    """A newcomer."""

    given_name = StringField(_l("Given name"), [DataRequired(), Length(max=100)])
    family_name = StringField(_l("Family name"), [DataRequired(), Length(max=100)])
    username = StringField(
        _l("User name"),
        [DataRequired(), Length(max=60)],
        description=_l("Small letters without marks, such as anna.liepina"),
    )
    email = StringField(_l("E-mail"), [DataRequired(), Length(max=200)])
    phone = StringField(_l("Phone"), [Length(max=40)])
    personal_code = PersonalCodeField(_l("Personal code"), description=_l("It is kept encrypted"))
    unit_id = SelectField(_l("Unit"), coerce=_uuid, validate_choice=False)
    position = StringField(_l("Position"), [Length(max=200)])
    since = LatvianDateField(_l("First day"))
    until = LatvianDateField(_l("Last day"))
    roles = ChecksField(_l("Roles"), validate_choice=True)
    groups = ChecksField(_l("Groups"), coerce=_uuid, validate_choice=False)


class MoveForm(_WithUnits, BaseForm):
    """Another unit or position."""

    unit_id = SelectField(_l("Unit"), coerce=_uuid, validate_choice=False)
    position = StringField(_l("Position"), [Length(max=200)])
    first_day = LatvianDateField(_l("First day"), [InputRequired()])
    take = ChecksField(_l("Roles that end"), coerce=_uuid, validate_choice=False)
    give = ChecksField(_l("New roles"), validate_choice=True)


class LeaveForm(BaseForm):
    """The last day, and who takes over."""

    last_day = LatvianDateField(_l("Last day"), [InputRequired()])
    successor = PersonField(
        _l("Successor"), [Length(max=240)], description=_l("Takes over open tasks; empty: the head of the unit does")
    )


class ReasonForm(BaseForm):
    """Why an account is closed or opened."""

    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class PurposeForm(BaseForm):
    """Why a personal code is looked at."""

    purpose = StringField(_l("For what purpose"), [DataRequired(), Length(max=300)])


class RoleForm(BaseForm):
    """A role, with its dates."""

    role = SelectField(_l("Role"), [InputRequired()], validate_choice=False)
    since = LatvianDateField(_l("From"))
    until = LatvianDateField(_l("Until"))


class UnitForm(BaseForm):
    """A unit and its place in the tree."""

    name = StringField(_l("What it is called"), [DataRequired(), Length(max=200)])
    index = StringField(_l("Index"), [DataRequired(), Length(max=20)], description=_l("Such as 2-1; stands in numbers"))
    parent_id = SelectField(_l("Stands under"), coerce=_uuid, validate_choice=False)
    head = PersonField(_l("Head"), [Length(max=240)])
    since = LatvianDateField(_l("From"))
    until = LatvianDateField(_l("Until"))


class GroupForm(BaseForm):
    """A group, its dates and roles."""

    name = StringField(_l("What it is called"), [DataRequired(), Length(max=200)])
    code = StringField(
        _l("Code"), [DataRequired(), Length(max=40)], description=_l("Short, for imports and the directory")
    )
    since = LatvianDateField(_l("From"))
    until = LatvianDateField(_l("Until"))
    roles = ChecksField(_l("Roles that members hold"), validate_choice=True)


class MemberForm(BaseForm):
    """A new member of a group."""

    person = PersonField(_l("Person"), [DataRequired(), Length(max=240)])
    since = LatvianDateField(_l("From"))
    until = LatvianDateField(_l("Until"))


class ImportForm(BaseForm):
    """A table file with people."""

    file = FileField(_l("Table file (CSV)"), [FileRequired(_l("Choose a file"))])


class MergeForm(BaseForm):
    """Which account stays and which is closed."""

    keep = SelectField(_l("Account that stays"), [InputRequired()], coerce=_uuid, validate_choice=False)
    double = SelectField(_l("Account that is closed"), [InputRequired()], coerce=_uuid, validate_choice=False)
    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class AddressForm(BaseForm):
    """The page of a thing, pasted."""

    address = StringField(
        _l("Address of the page"), [DataRequired(), Length(max=1000)],
        description=_l("Open the document or case, copy what the browser’s address line shows, paste it here"),
    )  # fmt: skip


class SubstituteForm(BaseForm):
    """Who stands in, and when."""

    substitute = PersonField(_l("Substitute"), [DataRequired(), Length(max=240)])
    since = LatvianDateField(_l("From"), [InputRequired()])
    until = LatvianDateField(_l("Until"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [Length(max=500)])
