"""Words that mean the same, as staff have said: a query for one finds the others too. Nothing is indexed anew."""

from dataclasses import replace

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.latvian import sort_key
from portal.search import latvian, policy
from portal.search.models import SynonymGroup
from portal.search.query import Clause, Group, Match, Part, Query, words_in

MOST_GROUPS = 1_000
MOST_WORDS = 12
_LONGEST = 80


def list_synonyms(actor) -> list[SynonymGroup]:
    """All groups in the order of their first word."""
    ensure(policy.can_keep_synonyms(actor))
    return sorted(db.session.scalars(sa.select(SynonymGroup)), key=lambda group: sort_key(group.words[0]))


def get_synonyms(actor, group_id) -> SynonymGroup:
    """One group. Raises NotFound."""
    ensure(policy.can_keep_synonyms(actor))
    group = db.session.get(SynonymGroup, group_id)
    if group is None:
        raise NotFound(_("There is no such group of words"))
    return group


def save_synonyms(actor, text, group_id=None, version=None) -> SynonymGroup:
    """Keep a group: words or phrases that mean the same, separated by commas, lines or “=”. Takes effect with the next
    search. Raises Forbidden, Invalid("words"), Conflict, NotFound."""
    ensure(policy.can_keep_synonyms(actor))
    wanted = _read(text)
    group = get_synonyms(actor, group_id) if group_id else None
    old = {"words": group.words} if group else None
    if group is None:
        if (db.session.scalar(sa.select(sa.func.count()).select_from(SynonymGroup)) or 0) >= MOST_GROUPS:
            raise Invalid(_("There are too many groups; remove one first"), field="words")
        group = SynonymGroup(words=wanted)
        db.session.add(group)
    elif version is not None and group.version != version:
        raise Conflict(_("Somebody else changed this meanwhile; open it again"))
    group.words, group.changed_at, group.changed_by_id = wanted, clock.now(), actor.person_id
    db.session.flush()
    audit.record(actor, "synonyms.saved", group, old=old, new={"words": wanted})
    return group


def remove_synonyms(actor, group_id):
    """Forget a group. Raises Forbidden, NotFound."""
    group = get_synonyms(actor, group_id)
    audit.record(actor, "synonyms.removed", group, old={"words": group.words})
    db.session.delete(group)
    db.session.flush()


def _read(text):
    lines = (text or "").replace("=", "\n").replace(",", "\n").replace(";", "\n").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        one = " ".join(line.split())
        if one:
            found.setdefault(latvian.normal(one), one)
    wanted = list(found.values())
    if len(wanted) < 2:
        raise Invalid(_("Give at least two words that mean the same, each on a line of its own"), field="words")
    if len(wanted) > MOST_WORDS or any(len(one) > _LONGEST or not latvian.WORD.search(one) for one in wanted):
        raise Invalid(_("At most %(most)s words or phrases of at most %(long)s characters", most=MOST_WORDS,
                        long=_LONGEST), field="words")  # fmt: skip
    return wanted


def expanded(query: Query) -> Query:
    """The query, each word or phrase of a group standing for all of the group. What is asked exactly, by its beginning,
    of a field or to be left out stays as it is."""
    if not any(_may_grow(node) for node in query.clauses):
        return query
    groups = [[words_in(word) for word in words] for words in db.session.scalars(sa.select(SynonymGroup.words))]
    if not groups:
        return query
    if query.either:
        (alone,) = query.clauses
        return replace(query, clauses=(_grown(alone, groups),), parts=_told(query.parts, groups))
    return replace(query, clauses=tuple(_in_row(query.clauses, groups)), parts=_told(query.parts, groups))


def _may_grow(node):
    if node.negated:
        return False
    if isinstance(node, Group):
        return any(_may_grow(part) for part in node.parts)
    return isinstance(node, Clause) and node.match is Match.WORDS and not node.field


def _grown(node, groups):
    if isinstance(node, Group) and not node.negated:
        if node.any:
            return replace(node, parts=tuple(_grown(part, groups) for part in node.parts))
        return replace(node, parts=tuple(_in_row(node.parts, groups)))
    return next(iter(_in_row((node,), groups)))


def _in_row(nodes, groups):
    """Demands that stand beside each other: words in a row may be a phrase of a group."""
    place = 0
    while place < len(nodes):
        node = nodes[place]
        if isinstance(node, Group):
            yield _grown(node, groups) if not node.negated else node
            place += 1
            continue
        used, others = _alike(nodes[place:], groups)
        if not used:
            yield node
            place += 1
            continue
        typed = nodes[place : place + used]
        first = typed[0] if used == 1 else Group(tuple(typed))
        yield Group((first, *(Clause(words) for words in others)), any=True)
        place += used


def _alike(nodes, groups):
    """(how many of the first demands together are a word of a group, the other words of it); the longest counts."""
    best: tuple[int, list] = (0, [])
    for group in groups:
        for words in group:
            used = _covers(nodes, words)
            if used > best[0]:
                best = (used, [other for other in group if other is not words])
    return best


def _covers(nodes, words):
    """How many demands say these words in this order, in any form; 0 when they do not."""
    met = 0
    for used, node in enumerate(nodes, 1):
        if not isinstance(node, Clause) or not _may_grow(node):
            return 0
        for typed in node.words:
            if met == len(words) or typed.keys.isdisjoint(words[met].keys):
                return 0
            met += 1
        if met == len(words):
            return used
    return 0


def _told(parts: tuple[Part, ...], groups):
    """The parts, each with what it stands for beside itself."""
    made, place = [], 0
    nodes = [part.node for part in parts]
    while place < len(parts):
        used, others = _alike(nodes[place:], groups)
        also = tuple(" ".join(word.surface for word in words) for words in others)
        made += [replace(part, also=also) for part in parts[place : place + 1]]
        made += parts[place + 1 : place + max(used, 1)]
        place += max(used, 1)
    return tuple(made)
