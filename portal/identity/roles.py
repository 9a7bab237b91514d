"""The roles a new instance starts with, and what each permits. Afterwards they are rows that IT staff change."""

ROLES = {
    "employee": ("Darbinieks", "documents.read cases.read cases.work council.read search.use signing.sign"),
    "clerk": (
        "Lietvedis",
        "documents.read documents.register cases.read exchange.read exchange.send council.read search.use signing.sign "
        "flows.design search.words",
    ),
    "head": (
        "Struktūrvienības vadītājs",
        "documents.read documents.register cases.read cases.work cases.assign "
        "exchange.read council.read search.use signing.sign",
    ),
    "member": ("Deputāts", "council.read council.vote documents.read search.use signing.sign"),
    "chair": (
        "Domes priekšsēdētājs",
        "council.read council.vote council.lead documents.read cases.read search.use signing.sign",
    ),
    "secretary": (
        "Domes sekretārs",
        "council.read council.prepare documents.read documents.register cases.read search.use signing.sign",
    ),
    "it": (
        "IT administrators",
        "admin.people admin.sign_on admin.state admin.store admin.workplace exchange.read flows.design search.words",
    ),
    "auditor": ("Auditors", "audit.read"),
}
