"""Signing in through latvija.lv, VPVKAC IS and others (1.4): providers, rules, journeys, signing out everywhere."""

from portal.identity.service.federation import keys
from portal.identity.service.federation.journey import (
    begin,
    exchange_code,
    finish,
    forget_old,
    look,
    offered,
    prepare,
    receive_code,
    receive_saml,
)
from portal.identity.service.federation.logout import end_for_oidc, end_for_saml, leave, left
from portal.identity.service.federation.providers import (
    add_rule,
    ask_to_refresh,
    count_links,
    get_provider,
    list_links,
    list_providers,
    list_rules,
    move_rule,
    open_providers,
    refresh,
    refresh_all,
    remove_rule,
    roles_for_new,
    save_provider,
    try_example,
    unlink,
)
from portal.identity.service.federation.sides import our_addresses

__all__ = [
    "add_rule",
    "ask_to_refresh",
    "begin",
    "count_links",
    "end_for_oidc",
    "end_for_saml",
    "exchange_code",
    "finish",
    "forget_old",
    "get_provider",
    "keys",
    "leave",
    "left",
    "list_links",
    "list_providers",
    "list_rules",
    "look",
    "move_rule",
    "offered",
    "open_providers",
    "our_addresses",
    "our_metadata",
    "prepare",
    "receive_code",
    "receive_saml",
    "refresh",
    "refresh_all",
    "remove_rule",
    "roles_for_new",
    "save_provider",
    "try_example",
    "unlink",
]


def our_metadata(key) -> str:
    """Our SAML metadata for this provider."""
    from portal.identity.adapters import saml
    from portal.identity.service.federation import sides

    return saml.our_metadata(sides.saml(offered(key)))
