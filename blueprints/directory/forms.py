"""Forms of the directory: shape only."""

from wtforms import BooleanField, StringField

from portal.kernel.forms import BaseForm, DataRequired, Length
from portal.kernel.i18n import _l


class AccountForm(BaseForm):
    name = StringField(
        _l("Name in the directory"),
        [DataRequired(), Length(min=2, max=40)],
        description=_l("Small letters, digits and hyphens, for example “wiki”"),
    )
    purpose = StringField(_l("What the application is for"), [Length(max=300)])
    contacts = BooleanField(_l("E-mail and phone"))
    work = BooleanField(_l("Position, unit and head"))
    groups = BooleanField(_l("Roles and groups"))

    def reads(self):
        """Which of the lists are ticked."""
        return [name for name in ("contacts", "work", "groups") if self[name].data]
