"""The addresses and keys of our side of each provider, in the form that the adapters take."""

from portal.identity.models import FederationProvider, ProviderKind
from portal.identity.service.federation import keys
from portal.kernel.config import settings


def address_of(provider: FederationProvider) -> str:
    """The provider's address; that of a sandbox follows the sandbox, wherever it listens. "" when there is none."""
    if provider.address.startswith("sandbox:"):
        return settings().sandbox_url and settings().sandbox_url + provider.address.removeprefix("sandbox:")
    return provider.address


def our_addresses(provider) -> dict[str, str]:
    """What IT staff tell the provider, by its name."""
    here = f"{settings().base_url}/federation/{provider.key}"
    if provider.kind == ProviderKind.SAML:
        return {"metadata": f"{here}/metadata", "acs": f"{here}/acs", "slo": f"{here}/slo"}
    return {
        "callback": f"{here}/callback",
        "left": f"{settings().base_url}/federation/left",
        "backchannel": f"{here}/backchannel",
        "keys": f"{settings().base_url}/federation/keys.json",
    }


def saml(provider):
    """Our side as portal.identity.adapters.saml takes it."""
    from portal.identity.adapters.saml import Ours

    key, cert = keys.files(keys.current())
    addresses = our_addresses(provider)
    return Ours(
        entity_id=addresses["metadata"],
        acs=addresses["acs"],
        slo=addresses["slo"],
        key_file=key,
        cert_file=cert,
        other_files=tuple(keys.files(other) for other in keys.others()),
        title=settings().municipality,
    )


def oidc(provider):
    """Our side as portal.identity.adapters.oidc_client takes it."""
    from portal.identity.adapters.oidc_client import Ours

    key = keys.current()
    addresses = our_addresses(provider)
    return Ours(
        client_id=provider.client_id,
        redirect_uri=addresses["callback"],
        left_uri=addresses["left"],
        token_auth=provider.token_auth.value,
        secret=provider.client_secret or "",
        key_pem=key.private_pem,
        kid=str(key.id),
    )
