"""A flow tried on an example: the answers so far are walked through anew each time, and nothing is kept."""

from dataclasses import dataclass

from portal.documents import service as documents
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.workflow import engine, who
from portal.workflow.model import GOOD, timer_name
from portal.workflow.service import definitions, flows

MOST_ANSWERS = 100


@dataclass(frozen=True)
class TrialStep:
    """A step where the trial stands. token: names it in the list of answers; ways: what may be answered."""

    token: str
    name: str
    who: str
    help: str
    ways: tuple
    is_timer: bool
    act: str
    step: str


@dataclass(frozen=True)
class Trial:
    """Where a trial stands. path: (name, answer) of what was answered; marks: for the diagram."""

    path: list
    open: list
    finished: bool
    marks: dict
    problem: str = ""


def walk(actor, xml, key, data, answers, name_who=who.words):
    """Walk a model with these data through these answers: ["<step>~<answer>", …] in order. Returns a Trial.
    Raises Invalid for answers that no trial could have given."""
    if len(answers) > MOST_ANSWERS:
        raise Invalid(_("The trial goes in circles"))
    path = []
    try:
        whole = definitions.whole_model(actor, xml, key)
        progress = engine.start(whole, data)
        for line in answers:
            token, _sep, word = line.partition("~")
            item = next((item for item in progress.open if _token(item) == token), None)
            if item is None:
                raise Invalid(_("The trial has changed; begin it anew"))
            path.append((item.step.name, word if word != GOOD else ""))
            progress = _answered(whole, progress, item, word)
    except engine.FlowError as error:
        return Trial(path, [], False, {}, str(error))
    marks = {step: "done" for step in progress.done} | {step: "current" for step in progress.current}
    return Trial(path, [_open(item, name_who) for item in progress.open], progress.finished, marks)


def _answered(whole, progress, item, word):
    if not item.ready:
        name = timer_name(item.step.flow, item.step.id) if item.step.is_timer else _message_of(progress, item)
        moved = engine.message(whole, progress.state, name, {"outcome": word})
        return moved or progress
    data = {"outcome": word, item.step.id: word or GOOD}
    return engine.complete(whole, progress.state, item.id, data)


def _message_of(progress, _item):
    return next((name for name in progress.waiting if not name.startswith("timer:")), "")


def _token(item):
    return f"{item.step.flow}.{item.step.id}"


def _open(item, name_who):
    step = item.step
    return TrialStep(
        _token(item),
        step.name,
        name_who(step.who) if step.who else "",
        step.help,
        step.ways or (GOOD,),
        step.is_timer,
        step.act,
        step.id,
    )


def example_of(actor, document_id):
    """The facts of a document that the actor sees, for a trial."""
    return flows.facts_of("document", documents.get_document(actor, document_id).id)
