"""What pages about resolutions share: the tree of a document, and terms with the rule that gave them, in words."""

from portal.documents import service as documents
from portal.documents.words import RULES
from portal.identity import service as identity
from portal.kernel.i18n import _, ngettext
from portal.workflow import service as workflow
from portal.workflow import words


def rule_words(rule, document):
    """Where a term comes from, with its legal source; "" for none."""
    kind, _colon, value = rule.partition(":")
    if kind == "days":
        return ngettext(
            "%(num)s working day from the day of the resolution, which is not counted (Administrative Procedure Law, "
            "sections 42 and 43; the holidays of Latvia)",
            "%(num)s working days from the day of the resolution, which is not counted (Administrative Procedure Law, "
            "sections 42 and 43; the holidays of Latvia)",
            int(value),
        )
    if kind == "date":
        return _("The author named the day; a day off is moved to the next working day (Administrative Procedure Law, "
                 "section 43(2))")  # fmt: skip
    if kind == "parent":
        return _("The term of the resolution above")
    if kind == "document":
        return str(RULES.get(value) or RULES.get(document.due_rule) or _("The term of the document"))
    return ""


def of_document(actor, document):
    """The tree of resolutions on a document, with names, and whether the actor may write one."""
    branches = workflow.tree_of(document.id)
    return {
        "branches": branches,
        "people": identity.names_of(workflow.people_in(branches)) if branches else {},
        "rule_words": rule_words,
        "words": words,
        "can_resolve": workflow.may_resolve(actor, document),
    }


def term_said(document, term, rule):
    """(term, its rule in words, the latest day the law allows) for the form of a resolution."""
    latest, _rule = documents.longest_term(document)
    return {"term": term, "rule": rule_words(rule, document), "latest": latest}
