"""The registration of an application: shape only."""

import json

from wtforms import (
    BooleanField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from portal.identity.service import clients
from portal.kernel.forms import BaseForm, InputRequired, Length
from portal.kernel.i18n import _, _l


class LinesField(TextAreaField):
    """One value a line."""

    def process_formdata(self, valuelist):
        super().process_formdata(valuelist)
        self.data = [line.strip() for line in (self.data or "").splitlines() if line.strip()]

    def _value(self):
        return "\n".join(self.data or ())


class ChecksField(SelectMultipleField):
    """Any number of choices, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class KeysField(TextAreaField):
    """A set of public keys as JSON (JWKS)."""

    def process_formdata(self, valuelist):
        super().process_formdata(valuelist)
        text = (self.data or "").strip()
        try:
            self.data = json.loads(text) if text else None
        except ValueError:
            raise ValueError(_("These are no public keys in JWKS form")) from None

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return json.dumps(self.data, indent=1) if self.data else ""


class ClientForm(BaseForm):
    name = StringField(_l("Name of the application"), [InputRequired(), Length(max=200)])
    client_id = StringField(
        _l("Identifier"), [InputRequired(), Length(max=80)], description=_l("Small letters, digits, dashes")
    )
    grant_types = ChecksField(
        _l("What it does"),
        choices=[
            ("authorization_code", _l("Signs people in")),
            ("refresh_token", _l("Keeps them signed in (refresh tokens)")),
            ("client_credentials", _l("Acts by itself (instead of an API key)")),
        ],
        default=["authorization_code", "refresh_token"],
    )
    auth_method = SelectField(
        _l("How it proves itself"),
        choices=[
            ("client_secret_basic", _l("With a secret (in the header)")),
            ("client_secret_post", _l("With a secret (in the form)")),
            ("private_key_jwt", _l("With a key of its own (private_key_jwt)")),
            ("none", _l("Not at all: it runs in a browser or on a phone")),
        ],
    )
    jwks = KeysField(_l("Public keys (JWKS)"), description=_l("Only for an application with a key of its own"))
    redirect_uris = LinesField(
        _l("Addresses to return to after signing in"), description=_l("One a line, whole, https")
    )
    post_logout_uris = LinesField(
        _l("Addresses to return to after signing out"), description=_l("One a line, whole, https")
    )
    logout_uri = StringField(
        _l("Address that takes sign-out notices"), [Length(max=500)], description=_l("Back-channel logout")
    )
    scopes = ChecksField(_l("What it may ask for"), default=["openid", "profile"])
    claims = ChecksField(_l("Only these data of the person"), description=_l("None ticked: all that its scopes hold"))
    asks_consent = BooleanField(_l("Ask each person for consent"))
    resource = StringField(
        _l("Its name as an API"), [Length(max=300)], description=_l("When others call it with tokens of the portal")
    )
    audiences = LinesField(_l("APIs of others that it calls"), description=_l("One name a line"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.scopes.choices = [
            (name, f"{name}: {clients.scope_words(name)}") for name in (*clients.SCOPES, *clients.api_scopes())
        ]
        self.claims.choices = sorted((name, f"{name}: {words}") for name, words in clients.CLAIM_WORDS.items())

    def validate_grant_types(self, field):
        if not field.data:
            raise ValidationError(_("Choose what the application does"))


MB = 1000 * 1000  # as sizes are shown


class RoomForm(BaseForm):
    """How much an application may keep in the document store; an empty field sets no limit."""

    most_items = IntegerField(
        _l("Items, at most"), [Optional(), NumberRange(0, 10**12)], widget=TextInput(),
        render_kw={"inputmode": "numeric"}, description=_l("Empty: no limit"),
    )  # fmt: skip
    most_mb = IntegerField(
        _l("Files, MB at most"), [Optional(), NumberRange(0, 10**10)], widget=TextInput(),
        render_kw={"inputmode": "numeric"}, description=_l("All versions, and uploads not used yet"),
    )  # fmt: skip
    most_waiting_mb = IntegerField(
        _l("Of them in uploads not used yet, MB at most"), [Optional(), NumberRange(0, 10**10)], widget=TextInput(),
        render_kw={"inputmode": "numeric"}, description=_l("Forgotten two days after the last piece"),
    )  # fmt: skip

    @classmethod
    def of(cls, room):
        """The form with the limits that hold."""
        form = cls(formdata=None)
        form.most_items.data = room.most_items
        form.most_mb.data, form.most_waiting_mb.data = _mb(room.most_bytes), _mb(room.most_waiting_bytes)
        return form

    def limits(self) -> dict:
        """The arguments of `storage.set_room`."""
        whole, waiting = self.most_mb.data, self.most_waiting_mb.data
        return {
            "most_items": self.most_items.data,
            "most_bytes": whole if whole is None else whole * MB,
            "most_waiting_bytes": waiting if waiting is None else waiting * MB,
        }


def _mb(size_bytes):
    return size_bytes if size_bytes is None else -(-size_bytes // MB)
