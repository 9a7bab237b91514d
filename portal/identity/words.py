"""What permissions and kinds of things are called, for the reports on who may do what. What has no words here is shown
by its key."""

from portal.kernel.i18n import _l

PERMISSIONS = {
    "admin.people": _l("manage people, units, roles and groups"),
    "admin.sign_on": _l("manage sign-on and federation"),
    "admin.state": _l("see the state of the system and repair jobs"),
    "admin.store": _l("set up the document store"),
    "admin.workplace": _l("change the navigation bar and the look"),
    "audit.read": _l("read the audit log"),
    "cases.assign": _l("assign cases"),
    "cases.read": _l("read cases"),
    "cases.work": _l("work on cases"),
    "council.lead": _l("lead a session of the council"),
    "council.prepare": _l("prepare sessions of the council"),
    "council.read": _l("read the council’s papers"),
    "council.vote": _l("vote in the council"),
    "documents.read": _l("read documents"),
    "documents.register": _l("register documents"),
    "exchange.read": _l("see deliveries"),
    "exchange.send": _l("send deliveries"),
    "flows.design": _l("make and publish flows"),
    "search.use": _l("search"),
    "search.words": _l("say which words mean the same"),
    "signing.sign": _l("sign documents"),
}
KINDS = {
    "case": _l("Case"),
    "council_body": _l("Council body"),
    "council_session": _l("Session"),
    "delivery": _l("Delivery"),
    "document": _l("Document"),
    "matter": _l("Matter"),
    "message": _l("Message"),
    "signature_request": _l("Request for a signature"),
}
IMPORT_STATES = {
    "preview": _l("Compared, not applied"),
    "applying": _l("Being applied"),
    "applied": _l("Applied"),
    "undoing": _l("Being taken back"),
    "undone": _l("Taken back"),
}
FIELDS = {
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "personal_code": _l("Personal code"),
    "unit": _l("Unit"),
    "position": _l("Position"),
    "roles": _l("Roles"),
    "groups": _l("Groups"),
    "since": _l("First day"),
    "until": _l("Last day"),
}


def permission_words(permission: str) -> str:
    """What a permission lets one do."""
    return str(PERMISSIONS.get(permission, permission))


def kind_words(table: str) -> str:
    """What the rows of a table are called."""
    return str(KINDS.get(table, table))


def import_state_words(state: str) -> str:
    """The state of an import."""
    return str(IMPORT_STATES[state])


def field_words(name: str) -> str:
    """What a field of the import is called."""
    return str(FIELDS.get(name, name))
