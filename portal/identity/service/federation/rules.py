"""Who of the register is it? Links first, then the rules in the order that IT staff gave them. No database here: what
the rules need to know is asked through `find`."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from portal.identity.models import PersonField, RuleAction
from portal.identity.ports import Identity
from portal.kernel.i18n import _


@dataclass(frozen=True)
class Step:
    """What one rule made of the identity, in words. decided: the matching ended here."""

    rule: Any
    words: str
    decided: bool = False


@dataclass(frozen=True)
class Decision:
    """The outcome: a person, or a new one to be made by `rule`, or neither; with the way there."""

    steps: tuple[Step, ...]
    person_id: Any = None
    create_by: Any = None

    @property
    def words(self):
        return self.steps[-1].words


def decide(identity: Identity, rules, find: Callable, linked=None) -> Decision:
    """rules: in order. find(field, value): ids of the open accounts with this value. linked: the person linked to the
    subject already. A value that more than one account has decides nothing: it would be a guess."""
    if linked is not None:
        return Decision((Step(None, _("The identity is linked to a person"), True),), person_id=linked)
    steps: list[Step] = []
    for rule in rules:
        if not applies(rule, identity):
            steps.append(Step(rule, _("The condition does not hold")))
        elif rule.action == RuleAction.REFUSE:
            return Decision((*steps, Step(rule, _("The rule refuses this identity"), True)))
        elif rule.action == RuleAction.CREATE:
            if not (identity.given_name and identity.family_name):
                steps.append(Step(rule, _("The provider gave no name, so no account can be made")))
                continue
            return Decision((*steps, Step(rule, _("A new account is made"), True)), create_by=rule)
        else:
            values = values_of(rule, identity)
            found = next((people for value in values if (people := list(find(rule.person_field, value)))), [])
            if len(found) == 1:
                return Decision((*steps, Step(rule, _("One person matches"), True)), person_id=found[0])
            steps.append(Step(rule, _why_not(values, found)))
    return Decision((*steps, Step(None, _("No rule knows this identity"), True)))


def _why_not(values, found):
    if not values:
        return _("The provider gave no such value")
    return _("More than one person matches") if found else _("Nobody matches")


def applies(rule, identity: Identity) -> bool:
    """Does the rule's condition hold? `*` stands for any text; capitals do not matter."""
    if not rule.condition_claim:
        return True
    return fnmatchcase(identity.value(rule.condition_claim).casefold(), rule.condition_value.strip().casefold())


def values_of(rule, identity: Identity) -> list[str]:
    """The values that a rule of matching compares, in order: of the claim it names, or of the one that is usual for the
    field. A personal code that was changed may stand in the register as it was before."""
    usual = {
        PersonField.PERSONAL_CODE: "personal_code",
        PersonField.EMAIL: "email",
        PersonField.USERNAME: "preferred_username",
    }
    values = [identity.value(rule.claim or usual[rule.person_field])]
    if rule.person_field == PersonField.PERSONAL_CODE and not rule.claim:
        values += identity.historic_codes
    return [value for value in values if value]
