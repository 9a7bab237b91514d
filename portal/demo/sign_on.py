"""Signing in through latvija.lv and VPVKAC IS, which the sandbox plays."""

from portal.identity import service as identity
from portal.identity.models import PersonField, ProviderKind, RuleAction
from portal.identity.service import federation
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings

CODES = {"anna": "32000000021", "bruno": "32000000022", "liga": "32000000023", "edgars": "32000000024"}
HELP = "Palīdzēs Informātikas nodaļa, tālrunis 67 000 000"


def offer(town):
    """Both providers with their rules; the cast has the personal codes that the sandbox gives them."""
    for username, code in CODES.items():
        identity.change_person(SYSTEM, town.actors[username].person_id, personal_code=code)
    latvija = federation.save_provider(
        SYSTEM,
        key="latvija",
        name="latvija.lv",
        kind=ProviderKind.SAML,
        address="sandbox:/sign-on/saml/metadata",
        help_text=HELP,
    )
    vpvkac = federation.save_provider(
        SYSTEM,
        key="vpvkac",
        name="VPVKAC IS",
        kind=ProviderKind.OIDC,
        address="sandbox:/sign-on/oidc",
        client_id="pkip",
        position=1,
        help_text=HELP,
    )
    federation.add_rule(SYSTEM, latvija.id, action=RuleAction.MATCH, person_field=PersonField.PERSONAL_CODE)
    federation.add_rule(
        SYSTEM,
        vpvkac.id,
        action=RuleAction.MATCH,
        person_field=PersonField.PERSONAL_CODE,
        condition_claim="authority",
        condition_value=settings().registration_number,
    )
