"""Forms of the delivery desk."""

from wtforms import StringField

from portal.kernel.forms import BaseForm, InputRequired, Length
from portal.kernel.i18n import _l


class CancelForm(BaseForm):
    """Why a delivery is given up."""

    reason = StringField(_l("Reason"), [InputRequired(), Length(max=500)])
