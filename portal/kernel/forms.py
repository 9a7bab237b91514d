"""The base of all forms, and fields that several areas share. Messages are ours: WTForms has no Latvian."""

import re
from datetime import date

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, StringField, ValidationError
from wtforms import validators as wt
from wtforms.widgets import TextInput

from portal.kernel.i18n import _, _l

# what the fields of WTForms say by themselves
_FIELDS_SAY = (
    _l("Not a valid choice."),
    _l("Invalid Choice: could not coerce."),
    _l("Invalid choice(s): one or more data inputs could not be coerced."),
    _l("Not a valid integer value."),
    _l("Not a valid decimal value."),
    _l("Not a valid date value."),
    _l("Not a valid time value."),
)


class _Translations:
    """Gives WTForms our catalogue."""

    @staticmethod
    def gettext(text):
        return _(text)

    @staticmethod
    def ngettext(singular, plural, number):
        return _(singular if number == 1 else plural)


class BaseForm(FlaskForm):
    """A form with CSRF. It checks shape only; what needs the database or the law is checked by the service."""

    class Meta:
        locales = False

        def get_translations(self, form):
            """See _FIELDS_SAY."""
            return _Translations

    def values(self) -> dict:
        """What was typed, without the CSRF token and buttons."""
        return {
            name: field.data
            for name, field in self._fields.items()
            if name != "csrf_token" and field.type != "SubmitField"
        }

    def attach(self, error):
        """Show a service's Invalid beside its field, or above the form."""
        field = self._fields.get(error.field) if error.field else None
        if field is None:
            self.form_errors.append(error.message)
        else:
            field.errors = [*field.errors, error.message]


class InputRequired(wt.InputRequired):
    """Something must be typed."""

    def __init__(self, message=None):
        super().__init__(message or _l("Fill in this field"))


class DataRequired(wt.DataRequired):
    """Something other than spaces must be typed."""

    def __init__(self, message=None):
        super().__init__(message or _l("Fill in this field"))


class Length:
    """At most `max` (and at least `min`) characters."""

    def __init__(self, min=0, max=0):
        self.min, self.max = min, max
        self.field_flags = {"maxlength": max} if max else {}

    def __call__(self, form, field):
        size = len(field.data or "")
        if self.max and size > self.max:
            raise ValidationError(_("At most %(max)s characters; now %(size)s", max=self.max, size=size))
        if size < self.min:
            raise ValidationError(_("At least %(min)s characters", min=self.min))


class VersionField(HiddenField):
    """The version of a row that the editor saw: a number; 0, which no row has, when it was tampered with."""

    def process_formdata(self, valuelist):
        try:
            self.data = int("".join(valuelist))
        except ValueError:
            self.data = 0


class LatvianDateField(DateField):
    """A date typed as 24.11.2026 (or picked: 2026-11-24)."""

    widget = TextInput()

    def __init__(self, label=None, validators=None, **kwargs):
        super().__init__(label, validators, format=["%d.%m.%Y", "%d.%m.%Y.", "%Y-%m-%d"], **kwargs)
        self.description = self.description or _l("dd.mm.yyyy")

    def process_formdata(self, valuelist):
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            super().process_formdata([valuelist[0].strip()])
        except ValueError:
            raise ValueError(_("Type the date as %(example)s", example="24.11.2026")) from None

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return f"{self.data:%d.%m.%Y}" if isinstance(self.data, date) else ""


class PersonalCodeField(StringField):
    """A Latvian personal code: 11 digits, with or without the dash; kept without."""

    def process_formdata(self, valuelist):
        super().process_formdata(valuelist)
        self.data = re.sub(r"[\s-]", "", self.data or "")

    def pre_validate(self, form):
        if self.data and not re.fullmatch(r"\d{11}", self.data):
            raise ValidationError(_("A personal code has 11 digits"))
