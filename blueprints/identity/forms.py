"""Forms of signing in and of the profile: shape only."""

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.identity.service import preferences
from portal.kernel.forms import BaseForm, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import LANGUAGES, _l


class SignInForm(BaseForm):
    username = StringField(_l("User name"), [InputRequired(), Length(max=60)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=200)])


class PasskeyForm(BaseForm):
    """What the device answered, as the page's script wrote it; name: of a passkey that is being added."""

    name = StringField(
        _l("Name of the device"), [Length(max=100)], description=_l("For example, the work laptop or the telephone")
    )
    credential = HiddenField()


class CodeForm(BaseForm):
    """A code of the application (six digits) or a recovery code."""

    code = StringField(
        _l("Code"),
        [InputRequired(), Length(max=40)],
        description=_l("Six digits from the application, or a recovery code"),
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )


class TermsForm(BaseForm):
    """Which version was read."""

    number = IntegerField(widget=HiddenInput())
    read = BooleanField(_l("I have read the terms of use and will follow them"), [InputRequired()])


class ConfirmForm(BaseForm):
    """The password again, for those who hold nothing stronger."""

    password = PasswordField(
        _l("Password"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "current-password"}
    )


class NewPasswordForm(BaseForm):
    new_password = PasswordField(
        _l("New password"),
        [InputRequired(), Length(max=200)],
        description=_l("A long one is best: several words that only you would put together"),
        render_kw={"autocomplete": "new-password"},
    )


class PasswordForm(NewPasswordForm):
    old_password = PasswordField(
        _l("Present password"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "current-password"}
    )


class LookForm(BaseForm):
    """How pages look for the person."""

    theme = RadioField(_l("Theme"), choices=list(preferences.THEMES.items()), validate_choice=False)
    size = RadioField(_l("Letters"), choices=list(preferences.SIZES.items()), validate_choice=False)
    language = SelectField(_l("Language"), choices=list(LANGUAGES.items()), validate_choice=False)


class PictureForm(BaseForm):
    picture = FileField(
        _l("Picture"),
        [FileRequired(_l("Choose a file"))],
        description=_l("JPEG, PNG or WebP, at most 1 MB; it is cut to a square"),
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )


class NoticesForm(BaseForm):
    """Quiet hours; the choices by event and channel are read beside them."""

    quiet_since = TimeField(_l("Quiet from"), [Optional()])
    quiet_until = TimeField(_l("Quiet until"), [Optional()])


class RuleForm(BaseForm):
    """From when a role must sign in with a second factor."""

    day = LatvianDateField(_l("Required from"), [Optional()])


class TermsTextForm(BaseForm):
    text = TextAreaField(_l("Text"), [InputRequired(), Length(max=20000)], render_kw={"rows": 16})
