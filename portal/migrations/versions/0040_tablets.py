"""the members' tablets: health, votes for trial, answers to votes entered at the desk, own notes, keys of votes"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0040"
down_revision = "0039"

_SAME_VOTER = "NEW.ballot_id = OLD.ballot_id AND NEW.member_id = OLD.member_id AND NEW.id = OLD.id"
_BY_THE_RULES = "SELECT 1 FROM ballot WHERE id = OLD.ballot_id AND changeable AND closed_at IS NULL"
_OR_OBJECTED = (
    "SELECT 1 FROM ballot WHERE id = OLD.ballot_id AND closed_at IS NULL AND (changeable OR EXISTS"
    " (SELECT 1 FROM council_entry_answer WHERE vote_id = OLD.id AND NOT agreed))"
)


def _guard(open_to_change):
    """The database itself refuses to alter a vote, but for these."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER vote_no_update")
        op.execute(
            f"CREATE TRIGGER vote_no_update BEFORE UPDATE ON vote WHEN NOT (EXISTS ({open_to_change}) AND "
            f"{_SAME_VOTER}) BEGIN SELECT RAISE(ABORT, 'votes are never altered'); END"
        )
    else:
        op.execute(
            "CREATE OR REPLACE FUNCTION vote_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'UPDATE' THEN IF EXISTS ({open_to_change}) AND {_SAME_VOTER} THEN RETURN NEW; "
            "END IF; END IF; RAISE EXCEPTION 'votes are never altered'; END $$"
        )


def _choice():
    return sa.Enum("par", "pret", "atturas", name="choice", native_enum=False, length=40)


def upgrade():
    op.create_table(
        "council_tablet",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("battery", sa.Integer(), nullable=True),
        sa.Column("charging", sa.Boolean(), nullable=True),
        sa.Column("version", sa.String(length=20), nullable=True),
        sa.Column("trial", _choice(), nullable=True),
        sa.Column("trial_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_council_tablet_session_id")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_council_tablet_member_id")),
        sa.PrimaryKeyConstraint("session_id", "member_id", name=op.f("pk_council_tablet")),
    )
    op.create_table(
        "council_rehearsal",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_council_rehearsal_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_council_rehearsal")),
    )
    op.create_table(
        "council_entry_answer",
        sa.Column("vote_id", sa.Uuid(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["vote_id"], ["vote.id"], name=op.f("fk_council_entry_answer_vote_id")),
        sa.PrimaryKeyConstraint("vote_id", name=op.f("pk_council_entry_answer")),
    )
    op.create_table(
        "council_note",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_council_note_matter_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_council_note_person_id")),
        sa.PrimaryKeyConstraint("matter_id", "person_id", name=op.f("pk_council_note")),
    )
    op.add_column("vote", sa.Column("key", sa.String(length=40), nullable=True))
    op.add_column("vote_change", sa.Column("key", sa.String(length=40), nullable=True))
    _guard(_OR_OBJECTED)


def downgrade():
    _guard(_BY_THE_RULES)
    op.drop_column("vote_change", "key")
    op.drop_column("vote", "key")
    for table in ("council_note", "council_entry_answer", "council_rehearsal", "council_tablet"):
        op.drop_table(table)
