"""The shape of what IT staff configure."""

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from portal.kernel.forms import BaseForm, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _l
from portal.workplace import service as workplace


class AudienceForm(BaseForm):
    """For whom and from when until when; nothing chosen means everyone, always."""

    roles = SelectMultipleField(_l("Roles"), description=_l("None chosen: every role"))
    units = SelectMultipleField(_l("Units"), description=_l("With all units below them; none chosen: every unit"))
    since = LatvianDateField(_l("From day"), [Optional()])
    until = LatvianDateField(_l("To day"), [Optional()])

    def offer(self, roles, units):
        """The roles and units to choose from."""
        self.roles.choices = [(role.key, role.name) for role in roles]
        self.units.choices = [(str(unit.id), f"{unit.index} {unit.name}") for unit in units]
        return self


class LineForm(AudienceForm):
    """A line of the navigation bar."""

    label_lv = StringField(_l("Words in Latvian"), [Length(max=60)])
    label_en = StringField(_l("Words in English"), [Length(max=60)])
    icon = SelectField(_l("Icon"))
    badge = SelectField(_l("Count beside the words"))
    note_lv = StringField(
        _l("Mark beside the words, in Latvian"), [Length(max=20)], description=_l("“New”, for example")
    )
    note_en = StringField(_l("Mark beside the words, in English"), [Length(max=20)])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.icon.choices = list(workplace.ICONS.items())
        self.badge.choices = list(workplace.BADGES.items())


class LinkForm(LineForm):
    """A line that leads to another application."""

    url = StringField(_l("Address"), [InputRequired(), Length(max=500)], description="https://app.example.lv/")


class BannerForm(AudienceForm):
    """A banner."""

    based_on = HiddenField()
    text_lv = TextAreaField(_l("Text in Latvian"), [InputRequired(), Length(max=300)])
    text_en = TextAreaField(_l("Text in English"), [Length(max=300)])
    level = SelectField(_l("How urgent"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.level.choices = list(workplace.LEVELS.items())


class LookForm(BaseForm):
    """Colours, logo and headers."""

    based_on = IntegerField()
    name = StringField(_l("Name in the bar and in headers"), [Length(max=80)], description=_l("Empty: the full name"))
    brand = StringField(_l("Main colour"), [InputRequired()])
    brand_text = StringField(_l("Text on the main colour"), [InputRequired()])
    link = StringField(_l("Links"), [InputRequired()])
    bar = StringField(_l("Background of the menu"), [InputRequired()])
    logo = FileField(_l("New logo"), description=_l("PNG or JPEG, at most 512 kB"))
    without_logo = BooleanField(_l("Without a logo"))
    mail_head = TextAreaField(_l("Mail: lines below the name"), [Length(max=600)])
    mail_foot = TextAreaField(_l("Mail: lines at the end"), [Length(max=600)])
    paper_head = TextAreaField(_l("Documents: lines below the name"), [Length(max=600)])
    paper_logo = BooleanField(_l("Show the logo on documents"))


class OriginForm(BaseForm):
    """An application that may show the bar."""

    name = StringField(_l("Application"), [InputRequired(), Length(max=100)])
    origin = StringField(_l("Origin"), [InputRequired(), Length(max=200)], description="https://app.example.lv")


class PreviewForm(BaseForm):
    """As whom and when to see the bar; read from the query string, so it carries no token."""

    class Meta(BaseForm.Meta):
        csrf = False

    role = SelectField(_l("Role"), default="", validate_choice=False)
    unit = SelectField(_l("Unit"), default="", validate_choice=False)
    on = LatvianDateField(_l("On day"), [Optional()])

    def offer(self, roles, units):
        """The roles and units to choose from."""
        self.role.choices = [("", _l("No role")), *((role.key, role.name) for role in roles)]
        self.unit.choices = [("", _l("No unit")), *((str(unit.id), f"{unit.index} {unit.name}") for unit in units)]
        return self
