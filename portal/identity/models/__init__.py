"""Tables of the users' register and of sign-in."""

from portal.identity.models.people import ActorKey, Person, Role, RoleAssignment, RolePermission, Unit
from portal.identity.models.sessions import SignInFailure, SignInSession

__all__ = [
    "ActorKey",
    "Person",
    "Role",
    "RoleAssignment",
    "RolePermission",
    "SignInFailure",
    "SignInSession",
    "Unit",
]
