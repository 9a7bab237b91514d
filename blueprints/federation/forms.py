"""Forms of IT staff: shape only."""

from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange

from portal.identity.models import PersonField, ProviderKind, RuleAction, TokenAuth
from portal.kernel.forms import BaseForm, InputRequired, Length
from portal.kernel.i18n import _l

KINDS = {ProviderKind.SAML: "SAML 2.0", ProviderKind.OIDC: "OpenID Connect"}
AUTHS = {
    TokenAuth.KEY: _l("Our key (private_key_jwt)"),
    TokenAuth.SECRET: _l("A secret that the provider gave"),
    TokenAuth.NONE: _l("Nothing but PKCE"),
}
ACTIONS = {
    RuleAction.MATCH: _l("Find the person"),
    RuleAction.CREATE: _l("Make an account"),
    RuleAction.REFUSE: _l("Refuse"),
}
FIELDS = {
    PersonField.PERSONAL_CODE: _l("Personal code"),
    PersonField.EMAIL: _l("E-mail"),
    PersonField.USERNAME: _l("User name"),
}


def _choices(words):
    return [(key.value, word) for key, word in words.items()]


class ProviderForm(BaseForm):
    name = StringField(_l("Name on the sign-in page"), [InputRequired(), Length(max=100)])
    key = StringField(
        _l("Key"),
        [InputRequired(), Length(max=39)],
        description=_l("Part of our addresses: small letters, digits, dashes"),
    )
    kind = SelectField(_l("Protocol"), choices=_choices(KINDS))
    address = StringField(
        _l("Address"),
        [InputRequired(), Length(max=500)],
        description=_l(
            "SAML: where the metadata lie. OpenID Connect: the issuer. PKIP_ALLOWED_HOSTS must name the host"
        ),
    )
    active = BooleanField(_l("On offer"), default=True)
    position = IntegerField(_l("Place in the list"), [NumberRange(0, 99)], default=0)
    min_level = IntegerField(
        _l("Lowest level of identity checking (0–4)"),
        [NumberRange(0, 4)],
        default=3,
        description=_l("latvija.lv: 3 is an internet bank, 4 an electronic signature"),
    )
    sign_out_there = BooleanField(_l("Signing out here signs out there too"), default=True)
    help_text = StringField(_l("Who helps somebody who is refused"), [Length(max=300)])
    pinned_pem = TextAreaField(
        _l("Certificate that signs the metadata (SAML)"),
        [Length(max=10000)],
        description=_l("Empty: the metadata are believed because of their https address"),
    )
    client_id = StringField(_l("Identifier of the client (OpenID Connect)"), [Length(max=200)])
    token_auth = SelectField(_l("How we prove ourselves (OpenID Connect)"), choices=_choices(AUTHS))
    client_secret = PasswordField(
        _l("Secret (OpenID Connect)"), [Length(max=500)], description=_l("Empty leaves the one there is")
    )
    scope = StringField(_l("Scopes (OpenID Connect)"), [Length(max=200)], default="openid profile")

    def values(self):
        found = super().values()
        return {
            **{name: (value or "").strip() if isinstance(value, str) or value is None else value
               for name, value in found.items()},
            "kind": ProviderKind(found["kind"]),
            "token_auth": TokenAuth(found["token_auth"]),
        }  # fmt: skip


class RuleForm(BaseForm):
    action = SelectField(_l("What the rule does"), choices=_choices(ACTIONS))
    person_field = SelectField(_l("Find the person by"), choices=_choices(FIELDS))
    claim = StringField(
        _l("Value to compare"),
        [Length(max=200)],
        description=_l("Empty: the usual one. Else a name that the provider uses"),
    )
    condition_claim = StringField(_l("Only when this value"), [Length(max=200)])
    condition_value = StringField(_l("looks like this"), [Length(max=200)], description=_l("* stands for any text"))
    unit_id = SelectField(_l("Unit of a new account"))
    role_key = SelectField(_l("Role of a new account"))

    def values(self):
        found = super().values()
        text = {name: (found[name] or "").strip() for name in ("claim", "condition_claim", "condition_value")}
        action = RuleAction(found["action"])
        return {
            **text,
            "action": action,
            "person_field": PersonField(found["person_field"]) if action == RuleAction.MATCH else None,
            "unit_id": found["unit_id"] or None,
            "role_key": found["role_key"] or None,
        }


class ExampleForm(BaseForm):
    example = TextAreaField(
        _l("Identity to try"),
        [InputRequired(), Length(max=5000)],
        description=_l("A line for each value: name = value"),
        render_kw={"rows": 6},
    )
