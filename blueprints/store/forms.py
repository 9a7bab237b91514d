"""Forms of the document store: shape only."""

from wtforms import BooleanField, FieldList, Form, FormField, SelectField, StringField
from wtforms.validators import Optional

from portal.identity import service as identity
from portal.identity.service import clients
from portal.kernel.forms import BaseForm, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _, _l
from portal.store import service as store
from portal.store.models import PORTAL
from portal.store.words import FIELD_TYPES, LEVELS, STATES

ANY = ("", _l("Any"))
SPARE_ROWS = 3


class FilterForm(BaseForm):
    """Filters of the list; read from the query string, so it carries no token."""

    class Meta(BaseForm.Meta):
        csrf = False

    owner = SelectField(_l("Who keeps it"), validate_choice=False)
    class_code = SelectField(_l("Class of documents"), validate_choice=False)
    level = SelectField(_l("Confidentiality"), validate_choice=False)
    state = SelectField(_l("State"), validate_choice=False)
    since = LatvianDateField(_l("From day"), [Optional()])
    until = LatvianDateField(_l("To day"), [Optional()])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.owner.choices = [ANY, *store.owners().items()]
        self.class_code.choices = [ANY, *((one.code, one.name) for one in store.list_classes())]
        self.level.choices = [ANY, *((level.value, words) for level, words in LEVELS.items())]
        self.state.choices = [*((state.value, words) for state, words in STATES.items()), ("all", _l("Any"))]

    def filters(self):
        """The filters as the service takes them."""
        found = {name: value for name, value in self.values().items() if value}
        found["state"] = {"all": ""}.get(found.get("state", ""), found.get("state", "active"))
        if found.get("level") not in (None, *LEVELS):
            found.pop("level")
        if found["state"] not in ("", *STATES):
            found["state"] = "active"
        return store.ItemFilters(**found)


class ItemGrantForm(BaseForm):
    """Who may read one item."""

    holder = SelectField(_l("Who may read"), [InputRequired()])
    until = LatvianDateField(_l("Last day"), [Optional()])
    reason = StringField(_l("Reason"), [Length(max=500)])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.until.description = _("dd.mm.yyyy; empty: for good")
        self.holder.choices = {
            _("Systems"): [(f"client:{key}", name) for key, name in clients.applications_with("store:read")],
            _("Units"): [(f"unit:{unit.id}", unit.name) for unit in identity.list_units(None)],
            _("Roles"): [(f"role:{role.key}", role.name) for role in identity.list_roles()],
        }

    def without(self, holder):
        """The form without one that need not be given anything."""
        self.holder.choices = {
            name: [one for one in found if one[0] != holder] for name, found in self.holder.choices.items()
        }
        return self


class GrantForm(ItemGrantForm):
    """Who may read a class of an owner's items."""

    owner = SelectField(_l("Whose documents"), [InputRequired()])
    class_code = SelectField(_l("Class of documents"), [InputRequired()])
    up_to_level = SelectField(_l("Up to confidentiality"), [InputRequired()], default="internal")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = {PORTAL: _("The portal itself"), **dict(clients.applications_with("store:write")), **store.owners()}
        self.owner.choices = list(known.items())
        self.class_code.choices = [("*", _("All classes")), *((one.code, one.name) for one in store.list_classes())]
        self.up_to_level.choices = [(level.value, words) for level, words in LEVELS.items()]


class ClassForm(BaseForm):
    code = StringField(_l("Code"), [InputRequired(), Length(max=60)], description=_l("Small letters, digits, dashes"))
    name = StringField(_l("Name of the class"), [InputRequired(), Length(max=200)])


class FieldRow(Form):
    """One field of a property set; a row without a key is left out."""

    key = StringField(_l("Key of the field"), [Length(max=60)])
    name = StringField(_l("Name of the field"), [Length(max=200)])
    type = SelectField(_l("Kind of value"))
    required = BooleanField(_l("Required"))
    choices = StringField(_l("Choices, with commas between"), [Length(max=2000)])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.type.choices = list(FIELD_TYPES.items())


class PropertySetForm(BaseForm):
    code = StringField(_l("Code"), [InputRequired(), Length(max=60)], description=_l("Small letters, digits, dashes"))
    name = StringField(_l("Name of the set"), [InputRequired(), Length(max=200)])
    fields = FieldList(FormField(FieldRow))

    def rows(self):
        """The fields as the service takes them."""
        return [
            {**row, "choices": (row["choices"] or "").split(",")}
            for row in self.fields.data
            if (row["key"] or "").strip() or (row["name"] or "").strip()
        ]
