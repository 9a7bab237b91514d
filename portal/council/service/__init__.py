"""Everything the council area can do, by noun."""

from portal.council.policy import can_propose
from portal.council.service.additions import add_correction, add_opinion, additions_of, is_member, opinion_by
from portal.council.service.agenda import move, place, pool, pool_counts, remove
from portal.council.service.amendments import (
    amendment_decided,
    amendments_of,
    merge_by_hand,
    propose_amendment,
    put_to_vote,
    unmerged,
    withdraw_amendment,
)
from portal.council.service.attendance import check_in, check_out, mark, quorum
from portal.council.service.ballots import (
    cancel_ballot,
    close_ballot,
    next_tour,
    object_to_package,
    open_ballot,
    open_package,
    repeat_ballot,
)
from portal.council.service.bodies import (
    add_body,
    add_member,
    council_of,
    get_body,
    list_bodies,
    members_in,
    members_of,
    set_template,
    template_of,
)
from portal.council.service.checks import add_check, list_checks, remove_check
from portal.council.service.commission import count_view, enter_sheet
from portal.council.service.composition import (
    add_faction,
    composition_of,
    convocations_of,
    end_seat,
    factions_on,
    history_of,
    join_faction,
    lacking,
    list_factions,
    seat,
    set_office,
    settle,
    staff_of,
)
from portal.council.service.convocation import as_text as convocation_text
from portal.council.service.convocation import begin as begin_convocation
from portal.council.service.convocation import preview as preview_convocation
from portal.council.service.course import (
    begin_closed_part,
    break_of,
    breaks_of,
    closed_part_of,
    end_closed_part,
    join_from_afar,
    presiding_of,
    set_presiding,
)
from portal.council.service.decisions import decision_of, get_decision, make_extract, number_decision, paper_signed
from portal.council.service.execution import decision_view, execution_of, send_to_execution, tell_by_eaddress
from portal.council.service.floor import (
    add_remark,
    add_speaker,
    end_floor,
    give_floor,
    leave_queue,
    move_speaker,
    remove_speaker,
)
from portal.council.service.found import decision_on, found_decision, found_matter, found_session
from portal.council.service.interests import add_interest, end_interest, hints_at, list_interests
from portal.council.service.lists import (
    decision_years,
    list_decisions,
    list_matters,
    my_body_ids,
    reporters,
    session_to_attend,
    sessions_of,
)
from portal.council.service.materials import (
    ask_materials,
    forget_materials,
    make_materials,
    materials_file,
    materials_of,
)
from portal.council.service.matters import (
    add_file,
    declare_interest,
    edit_matter,
    note_matter,
    open_matter,
    propose_agenda_change,
    withdraw_interest,
)
from portal.council.service.minutes import draft_minutes, finalise, get_minutes, minutes_versions, update_minutes
from portal.council.service.minutes_word import minutes_docx, read_back
from portal.council.service.news import invitation_mail, invited_people, session_calendar, take_reminders
from portal.council.service.notes import papers_of, save_own_note
from portal.council.service.open_drafts import drafts_for_public, publish_drafts, withdraw_draft
from portal.council.service.opendata import (
    changed_at,
    get_object,
    list_objects,
    public_file,
    public_list,
    refresh_all,
    refresh_bodies,
    refresh_session,
    terms,
)
from portal.council.service.papers import (
    make_agenda_paper,
    make_decision,
    make_extract_paper,
    make_minutes,
    make_statement,
)
from portal.council.service.planning import (
    add_guest,
    guests_of,
    months_without,
    remove_guest,
    set_line,
    state_late_ground,
)
from portal.council.service.procedure import choices as procedure_choices
from portal.council.service.procedure import set_choices as set_procedure
from portal.council.service.proposals import (
    approval_finished,
    council_matter,
    describe,
    finance_committee,
    get_template,
    list_templates,
    note_opinion,
    proposal_of,
    propose,
    resubmit,
    save_template,
    send_onward,
    stops_of,
    submitter_of,
    to_council,
    withdraw,
)
from portal.council.service.public import live_sessions, public_topics
from portal.council.service.publishing import make_published, publication_of, publish_paper, undrawn, withdraw_paper
from portal.council.service.reading import get_ballot, get_matter, get_session
from portal.council.service.record import all_my_votes, counts_of, my_bodies, my_votes, years_of_my_votes
from portal.council.service.recordings import (
    agenda,
    ask_for_recording,
    closed_seconds,
    marks_of,
    own_recording,
    public_recording,
    publish_recording,
    recording_of,
    remove_due,
    set_recording,
)
from portal.council.service.redaction import (
    approve_covers,
    covered,
    mark_covers,
    names_in,
    paper_of,
    redactions_of,
    refuse_covers,
    suggest,
    words_of,
)
from portal.council.service.refusals import paper_refused
from portal.council.service.regulations import (
    answer_opinion,
    begin_regulation,
    collect_opinions,
    correct,
    get_consultation,
    get_regulation,
    hide_opinion,
    insist,
    list_regulations,
    matter_of,
    note_ministry_opinion,
    note_publication,
    open_consultations,
    opinions_on,
    publish_draft,
    published_regulation,
    regulation_adopted,
    regulation_delivered,
    regulation_of,
    regulations_in_force,
    repeal,
    save_note,
    send_opinion,
    send_to_gazette,
    send_to_ministry,
)
from portal.council.service.rehearsals import begin_rehearsal, end_rehearsal, try_vote
from portal.council.service.results import election
from portal.council.service.screens import hall_view, matter_view, overview, pool_view, session_view, tablet_view
from portal.council.service.sessions import (
    answer_invitation,
    close_session,
    coming_sessions,
    create_session,
    invitations_of,
    invite,
    list_sessions,
    minutes_of,
    open_session,
    pause_session,
    readiness,
    resume_session,
    see_invitation,
)
from portal.council.service.sheets import roll_call_sheet
from portal.council.service.statement_files import statement_paper, statement_sheets
from portal.council.service.statements import (
    add_rate,
    approve_statement,
    came,
    count_statement,
    end_rate,
    get_statement,
    has_changed,
    list_statements,
    may_approve,
    rates_of,
    return_statement,
    submit_statement,
    who_settled,
)
from portal.council.service.steps import next_steps
from portal.council.service.tablets import answer_entry, beat, health_view
from portal.council.service.versions import had_before_them, version_of, versions_of
from portal.council.service.voting import cast_vote, enter_vote, enter_votes, result, tally
from portal.council.service.year import plan_year, propose_year, reschedule, sessions_of_year, year_calendar, year_paper

__all__ = [
    "add_body", "add_check", "add_correction", "add_faction", "add_file", "add_guest", "add_interest", "add_member",
    "add_opinion", "add_rate", "add_remark", "add_speaker", "additions_of", "agenda", "all_my_votes",
    "amendment_decided", "amendments_of", "answer_entry", "answer_invitation", "answer_opinion", "approval_finished",
    "approve_covers", "approve_statement", "ask_for_recording", "ask_materials", "beat", "begin_closed_part",
    "begin_convocation", "begin_regulation", "begin_rehearsal", "break_of", "breaks_of", "came", "can_propose",
    "cancel_ballot", "cast_vote", "changed_at", "check_in", "check_out", "close_ballot", "close_session",
    "closed_part_of", "closed_seconds", "collect_opinions", "coming_sessions", "composition_of", "convocation_text",
    "convocations_of", "correct", "council_matter", "council_of", "count_statement", "count_view", "counts_of",
    "covered", "create_session", "decision_of", "decision_on", "decision_view", "decision_years", "declare_interest",
    "describe", "draft_minutes", "drafts_for_public", "edit_matter", "election", "end_closed_part", "end_floor",
    "end_interest", "end_rate", "end_rehearsal", "end_seat", "enter_sheet", "enter_vote", "enter_votes", "execution_of",
    "factions_on", "finalise", "finance_committee", "forget_materials", "found_decision", "found_matter",
    "found_session", "get_ballot", "get_body", "get_consultation", "get_decision", "get_matter", "get_minutes",
    "get_object", "get_regulation", "get_session", "get_statement", "get_template", "give_floor", "guests_of",
    "had_before_them", "hall_view", "has_changed", "health_view", "hide_opinion", "hints_at", "history_of", "insist",
    "invitation_mail", "invitations_of", "invite", "invited_people", "is_member", "join_faction", "join_from_afar",
    "lacking", "leave_queue", "list_bodies", "list_checks", "list_decisions", "list_factions", "list_interests",
    "list_matters", "list_objects", "list_regulations", "list_sessions", "list_statements", "list_templates",
    "live_sessions", "make_agenda_paper", "make_decision", "make_extract", "make_extract_paper", "make_materials",
    "make_minutes", "make_published", "make_statement", "mark", "mark_covers", "marks_of", "materials_file",
    "materials_of", "matter_of", "matter_view", "may_approve", "members_in", "members_of", "merge_by_hand",
    "minutes_docx", "minutes_of", "minutes_versions", "months_without", "move", "move_speaker", "my_bodies",
    "my_body_ids", "my_votes", "names_in", "next_steps", "next_tour", "note_matter", "note_ministry_opinion",
    "note_opinion", "note_publication", "number_decision", "object_to_package", "open_ballot", "open_consultations",
    "open_matter", "open_package", "open_session", "opinion_by", "opinions_on", "overview", "own_recording", "paper_of",
    "paper_refused", "paper_signed", "papers_of", "pause_session", "place", "plan_year", "pool", "pool_counts",
    "pool_view", "presiding_of", "preview_convocation", "procedure_choices", "proposal_of", "propose",
    "propose_agenda_change", "propose_amendment", "propose_year", "public_file", "public_list", "public_recording",
    "public_topics", "publication_of", "publish_draft", "publish_drafts", "publish_paper", "publish_recording",
    "published_regulation", "put_to_vote", "quorum", "rates_of", "read_back", "readiness", "recording_of",
    "redactions_of", "refresh_all", "refresh_bodies", "refresh_session", "refuse_covers", "regulation_adopted",
    "regulation_delivered", "regulation_of", "regulations_in_force", "remove", "remove_check", "remove_due",
    "remove_guest", "remove_speaker", "repeal", "repeat_ballot", "reporters", "reschedule", "resubmit", "result",
    "resume_session", "return_statement", "roll_call_sheet", "save_note", "save_own_note", "save_template", "seat",
    "see_invitation", "send_onward", "send_opinion", "send_to_execution", "send_to_gazette", "send_to_ministry",
    "session_calendar", "session_to_attend", "session_view", "sessions_of", "sessions_of_year", "set_line",
    "set_office", "set_presiding", "set_procedure", "set_recording", "set_template", "settle", "staff_of",
    "state_late_ground", "statement_paper", "statement_sheets", "stops_of", "submit_statement", "submitter_of",
    "suggest", "tablet_view", "take_reminders", "tally", "tell_by_eaddress", "template_of", "terms", "to_council",
    "try_vote", "undrawn", "unmerged", "update_minutes", "version_of", "versions_of", "who_settled", "withdraw",
    "withdraw_amendment", "withdraw_draft", "withdraw_interest", "withdraw_paper", "words_of", "year_calendar",
    "year_paper", "years_of_my_votes",
]  # fmt: skip
