"""The law of sessions and votes as pure functions (being filled)."""

import enum


class ActKind(enum.StrEnum):
    """What a matter is for the conflict-of-interest rule (LAW-49)."""

    INDIVIDUAL = "individual"
    EXTERNAL_REGULATION = "external_regulation"
    POLITICAL = "political"
    OWN_OFFICE = "own_office"


class Rule(enum.StrEnum):
    """How many votes a matter needs (LAW-45)."""

    PRESENT_MAJORITY = "present_majority"
    PRESENT_TWO_THIRDS = "present_two_thirds"
    ALL_DEPUTIES_MAJORITY = "all_deputies_majority"


class Subject(enum.StrEnum):
    """What a matter is about, where the law treats it specially (LAW-7, 26, 31, 32, 42-44)."""

    GENERAL = "general"
    BUDGET = "budget"
    STATUTE = "statute"
    PLANNING = "planning"
    COUNCIL_CHAIR = "council_chair"
    COMMITTEE_MEMBERS = "committee_members"
    EXECUTIVE_DIRECTOR = "executive_director"
    INSTITUTION_HEAD = "institution_head"
    MANDATE = "mandate"
    AGENDA_ORDER = "agenda_order"
    AGENDA_CHANGE = "agenda_change"
