"""What of the log to show: a form whose values live in the URL."""

from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import Optional

from portal.audit.sentences import actions
from portal.audit.service import RecordFilters
from portal.kernel.forms import BaseForm, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _l

RESULTS = {"ok": _l("Succeeded"), "refused": _l("Refused"), "failed": _l("Failed")}


class FilterForm(BaseForm):
    """Filters of the list; read from the query string, so it carries no token."""

    class Meta(BaseForm.Meta):
        csrf = False

    person = StringField(_l("Person"), [Length(max=100)])
    action = SelectField(_l("What was done"), validate_choice=False)
    object = StringField(_l("About (number or title)"), [Length(max=200)])
    since = LatvianDateField(_l("From day"), [Optional()])
    until = LatvianDateField(_l("To day"), [Optional()])
    result = SelectField(_l("Result"), validate_choice=False)
    person_id = HiddenField()
    object_kind = HiddenField()
    object_id = HiddenField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.action.choices = [("", _l("Anything")), *actions()]
        self.result.choices = [("", _l("Any result")), *RESULTS.items()]

    def filters(self):
        """The filters as the service takes them."""
        return RecordFilters(**{name: value or RecordFilters.__dataclass_fields__[name].default
                                for name, value in self.values().items()})  # fmt: skip


class EraseForm(BaseForm):
    """Why personal data are erased from a record."""

    reason = StringField(_l("Reason and decision"), [InputRequired(), Length(max=500)])
