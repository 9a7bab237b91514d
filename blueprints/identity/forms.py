"""Forms of signing in and of the profile: shape only."""

from wtforms import PasswordField, StringField

from portal.kernel.forms import BaseForm, InputRequired, Length
from portal.kernel.i18n import _l


class SignInForm(BaseForm):
    username = StringField(_l("User name"), [InputRequired(), Length(max=60)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=200)])


class PasswordForm(BaseForm):
    old_password = PasswordField(_l("Present password"), [InputRequired(), Length(max=200)])
    new_password = PasswordField(
        _l("New password"), [InputRequired(), Length(max=200)], description=_l("At least 8 characters")
    )
