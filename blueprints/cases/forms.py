"""Forms of cases: shape only."""

import uuid

from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField

from blueprints.documents.forms import admit_field
from portal.cases.policy import REFUSALS
from portal.kernel.forms import BaseForm, DataRequired, InputRequired, LatvianDateField, Length, PersonalCodeField
from portal.kernel.i18n import _l

LONGEST_FOR_CLIENT = 1000  # of a text that PSPP takes (8.2)


def _uuid(value):
    """The chosen id; what is not one counts as nothing chosen."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


class AssignForm(BaseForm):
    """The responsible employee."""

    responsible_id = SelectField(_l("Responsible employee"), [InputRequired()], coerce=_uuid, validate_choice=False)
    note = TextAreaField(_l("Note to the employee"), [Length(max=2000)])
    admit = admit_field()


class ShopRetryForm(BaseForm):
    """Try an application of the one-stop shop again."""

    service_code = SelectField(_l("Service"), validate_choice=False)


class ShopRefusalForm(BaseForm):
    """Refuse an application of the one-stop shop."""

    code = SelectField(_l("Reason"), [InputRequired()], choices=[*REFUSALS.items()])
    text = TextAreaField(_l("What the client reads"), [DataRequired(), Length(max=LONGEST_FOR_CLIENT)])


class DraftForm(BaseForm):
    """The draft decision, saved while it is written and laid before a committee."""

    title = StringField(_l("Title of the decision"), [DataRequired(), Length(max=500)])
    draft_text = TextAreaField(_l("Text of the draft decision"), [DataRequired(), Length(max=200000)])
    committee_id = SelectField(_l("Committee"), coerce=_uuid, validate_choice=False)
    files = MultipleFileField(_l("Attachments"))


class DeliverForm(BaseForm):
    """Send the signed decision; asks, since what is sent cannot be called back."""

    granted = RadioField(
        _l("What the decision says"),
        [InputRequired()],
        choices=[("yes", _l("The request is granted")), ("no", _l("The request is refused"))],
    )
    text = StringField(_l("Note for the case"), [Length(max=500)])
    confirmed = BooleanField(
        _l("I have checked the decision and the recipient"),
        [InputRequired(_l("Confirm that you have checked the decision: what is sent cannot be called back"))],
    )


class HandOverForm(BaseForm):
    """How and when a client without an e-address was given the answer."""

    way = RadioField(
        _l("How the client was given the answer"),
        [InputRequired()],
        choices=[("person", _l("In person")), ("post", _l("By post")), ("email", _l("By e-mail"))],
    )
    on = LatvianDateField(_l("When"), [InputRequired()])
    note = StringField(
        _l("Note for the case"), [Length(max=500)], description=_l("For example the number of the registered letter")
    )


class TextForm(BaseForm):
    """A sentence for the client: question, reason, withdrawal."""

    text = TextAreaField(_l("Text that the client reads"), [DataRequired(), Length(max=LONGEST_FOR_CLIENT)])


class RefuseForm(BaseForm):
    """The answer with a refusal."""

    text = TextAreaField(
        _l("Reasons of the refusal"),
        [DataRequired(), Length(max=20000)],
        description=_l("The letter adds where and until when the refusal can be contested"),
    )


class ForwardForm(TextForm):
    """Where the application belongs."""

    recipient_name = StringField(_l("Institution"), [DataRequired(), Length(max=200)])
    recipient_address = StringField(
        _l("Its e-address"), [DataRequired(), Length(max=200)], description=_l("For example _DEFAULT@90000000001")
    )


class CodeForm(BaseForm):
    """Why the personal code is needed."""

    purpose = StringField(_l("Why you need the code"), [DataRequired(), Length(max=200)])


class OpenForm(BaseForm):
    """A case for a document registered by hand."""

    service_code = SelectField(_l("Service"), [InputRequired()], validate_choice=False)
    client_name = StringField(_l("Client"), [DataRequired(), Length(max=200)])
    client_code = PersonalCodeField(_l("Personal code or registration number"))
    without_code = BooleanField(
        _l("The application names no code"),
        description=_l("An application need not name it, but then the case is not reported to the state (PSPP)"),
    )
    client_address = StringField(_l("E-address"), [Length(max=200)])
    channel = SelectField(
        _l("How it came"),
        choices=[
            ("KLATIENE", _l("In person")),
            ("PASTS", _l("By post")),
            ("EPASTS", _l("By e-mail")),
            ("TALRUNIS", _l("By telephone")),
            ("CITS", _l("Another way")),
        ],
    )
