"""Passkeys by py_webauthn. Imported where a passkey is used: it is heavy, and most requests need none."""

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.kernel.errors import Invalid
from portal.kernel.i18n import _


def options_to_add(party, party_name, person, held) -> tuple[bytes, str]:
    """(challenge, the browser's options as JSON) for a new passkey of the person. held: ids of those there already."""
    options = generate_registration_options(
        rp_id=party,
        rp_name=party_name,
        user_name=person.username,
        user_id=person.id.bytes,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(held),
    )
    return options.challenge, options_to_json(options)


def options_to_use(party, held=None) -> tuple[bytes, str]:
    """The same for using one. held: ids of the passkeys that may be used; None lets the device offer what it has."""
    options = generate_authentication_options(
        rp_id=party,
        allow_credentials=_descriptors(held) if held is not None else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options.challenge, options_to_json(options)


def proven_new(credential, challenge, party, origin) -> tuple[str, bytes, int]:
    """(id, public key, counter) of the passkey that the browser's answer makes. Raises Invalid."""
    try:
        proven = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise Invalid(_("The passkey could not be checked; try again")) from error
    return bytes_to_base64url(proven.credential_id), proven.credential_public_key, proven.sign_count


def proven_use(credential, challenge, party, origin, passkey) -> int:
    """The passkey's new counter. Raises Invalid when the answer is not its own, or the counter fell back."""
    try:
        proven = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise Invalid(_("The passkey could not be checked; try again")) from error
    return proven.new_sign_count


def _descriptors(ids):
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in ids]
