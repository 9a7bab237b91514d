"""Forms of signing: shape only."""

import uuid

from flask_wtf.file import FileField, FileRequired
from wtforms import PasswordField, SelectMultipleField, TextAreaField

from portal.kernel.forms import BaseForm, DataRequired, Length
from portal.kernel.i18n import _l


class SignForm(BaseForm):
    """The PIN; never sent back to the browser, never offered by its memory."""

    pin = PasswordField(
        _l("PIN of the signing certificate"),
        [DataRequired(), Length(max=32)],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )


class ManyForm(SignForm):
    """Several papers and one PIN."""

    requests = SelectMultipleField(
        _l("Papers to sign"), [DataRequired(_l("Choose what to sign"))], coerce=uuid.UUID, validate_choice=False
    )

    def offer(self, waiting):
        """All are chosen until the signer says otherwise."""
        self.requests.choices = [(one.id, one.title) for one in waiting]
        if not self.is_submitted():
            self.requests.data = [one.id for one in waiting]
        return self


class RefuseForm(BaseForm):
    """Why somebody does not sign."""

    reason = TextAreaField(_l("Reason for refusing"), [DataRequired(), Length(max=2000)], render_kw={"rows": 3})


class CheckForm(BaseForm):
    """A signed file to be judged."""

    file = FileField(
        _l("Signed file"),
        [FileRequired(_l("Choose a file"))],
        description=_l("A container (ASiC-E, EDOC, BDOC) or a signed PDF"),
        render_kw={"accept": ".asice,.edoc,.bdoc,.sce,.asics,.pdf"},
    )
