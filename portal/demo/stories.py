"""Applications that came by e-address and went the whole way: committee, council, signature, delivery."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from portal.cases import service as cases
from portal.demo import casework
from portal.demo.outside import work_off
from portal.demo.time import at
from portal.documents import service as documents
from portal.exchange import service as exchange
from portal.kernel import clock
from portal.kernel.access import SYSTEM, Actor
from portal.sandbox.vus import post as post_office

RENT = "PA-1001-001"
# what becomes of each: does the council grant it, is the answer sent
ENDED = ((True, True), (False, True))
OPEN = ((True, False), (True, False), (True, False))


@dataclass
class Story:
    """A case and who works on it. granted: what the council decides; sent: has the client got the answer?"""

    case_id: UUID
    responsible: Actor
    granted: bool
    sent: bool


def begin(town, writer, store, committee, day, ends):
    """Applications arrive twelve days before the committee's session, and their drafts are laid before it in time.
    Returns the Stories, one for each of `ends`."""
    told = []
    for granted, sent in ends:
        who, code, (_street, in_street) = writer.person(), writer.code(), writer.address()
        arrived = clock.next_working_day(day - timedelta(days=12 + len(told)))
        with at(clock.at_local(arrived, 10, 5)):
            case = _arrive(store, who, code, f"Iesniegums par zemes nomu {in_street}", in_street)
        with at(clock.at_local(arrived, 15, 20)):
            responsible = casework.assign(town, case)
        with at(clock.at_local(clock.next_working_day(arrived + timedelta(days=2)), 11)):
            cases.submit_draft(
                responsible, case.id, f"Par zemes nomu {in_street}",
                f"Ozolpils novada dome nolemj:\n\n1. Iznomāt {who.dative} "
                f"zemesgabalu {in_street} 0,12 ha platībā uz pieciem gadiem.\n2. Kontroli par lēmuma izpildi uzdot "
                "izpilddirektoram.", committee.id)  # fmt: skip
            work_off()
        told.append(Story(case.id, responsible, granted, sent))
    return told


def _arrive(store, who, code, title, in_street):
    given, family = who.nominative.split(" ", 1)
    text = f"Lūdzu iznomāt zemesgabalu {in_street} sakņu dārzam uz pieciem gadiem.\n\n{who.nominative}\n"
    external_id = post_office.deliver(
        store, sender=f"_PRIVATE@{code}", sender_name=who.nominative, title=title, description=text,
        files=[("iesniegums.txt", "text/plain", text.encode())], service_code=RENT,
        personal={"given_name": given, "surname": family},
    )  # fmt: skip
    exchange.receive_all(SYSTEM)
    work_off()
    message = exchange.find_message(external_id)
    # the second call finds the case that the message has opened
    return cases.open_for_document(SYSTEM, documents.document_of_message(message.id), None, message.id)


def finish(told, day):
    """The answers go out, and the clients open them an hour later."""
    with at(clock.at_local(day, 11)):
        for story in told:
            if story.sent and story.granted:
                cases.deliver(story.responsible, story.case_id)
            elif story.sent:
                cases.refuse_application(
                    story.responsible, story.case_id, "Zemesgabals ir vajadzīgs pašvaldības skolai."
                )
        work_off()
    for hours in (1, 2):
        with at(clock.at_local(day, 11 + hours)):
            exchange.poll_notifications(SYSTEM)
            work_off()
