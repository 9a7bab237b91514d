"""Tables of the users' register and of sign-in."""

from portal.identity.models.groups import Group, GroupMember, GroupRole
from portal.identity.models.imports import ImportState, PeopleImport
from portal.identity.models.people import (
    AccountKind,
    ActorKey,
    Person,
    Placement,
    RegisterDay,
    Role,
    RoleAssignment,
    RolePermission,
    Unit,
)
from portal.identity.models.sessions import SignInFailure, SignInSession
from portal.identity.models.substitutes import Substitution

__all__ = [
    "AccountKind",
    "ActorKey",
    "Group",
    "GroupMember",
    "GroupRole",
    "ImportState",
    "PeopleImport",
    "Person",
    "Placement",
    "RegisterDay",
    "Role",
    "RoleAssignment",
    "RolePermission",
    "SignInFailure",
    "SignInSession",
    "Substitution",
    "Unit",
]
