"""Everything identity can do: the only door for other areas."""

from portal.identity.service.people import (
    actor_for,
    add_person,
    add_unit,
    get_person,
    get_unit,
    give_role,
    head_of,
    install_roles,
    list_people,
    list_units,
    names_of,
    people_of_unit,
    people_with_role,
    roles_of,
    roles_with,
    set_head,
    set_password,
    suspend,
)
from portal.identity.service.sessions import change_password, end_session, list_sessions, resume, sign_in, sign_out

__all__ = [
    "actor_for", "add_person", "add_unit", "change_password", "end_session", "get_person", "get_unit", "give_role",
    "head_of", "install_roles", "list_people", "list_sessions", "list_units", "names_of", "people_of_unit",
    "people_with_role", "resume", "roles_of", "roles_with", "set_head", "set_password", "sign_in", "sign_out",
    "suspend",
]
