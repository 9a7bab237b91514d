"""votes of several kinds, counting commissions, breaks, closed parts, who presides, speeches with their limits"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0034"
down_revision = "0023"

_SAME_VOTER = "NEW.ballot_id = OLD.ballot_id AND NEW.member_id = OLD.member_id AND NEW.id = OLD.id"
_OPEN_TO_CHANGE = "SELECT 1 FROM ballot WHERE id = OLD.ballot_id AND changeable AND closed_at IS NULL"
_NEVER = "RAISE EXCEPTION 'votes are never altered'; END $$"
_FUNCTION = "CREATE OR REPLACE FUNCTION vote_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
_TRIGGER = "CREATE TRIGGER vote_no_update BEFORE UPDATE ON vote"
_ABORT = " BEGIN SELECT RAISE(ABORT, 'votes are never altered'); END"
_DROP = "DROP TRIGGER vote_no_update"
_CHANGE = {
    "sqlite": (_DROP, f"{_TRIGGER} WHEN NOT (EXISTS ({_OPEN_TO_CHANGE}) AND {_SAME_VOTER}){_ABORT}"),
    "postgresql": (
        f"{_FUNCTION}IF TG_OP = 'UPDATE' THEN IF EXISTS ({_OPEN_TO_CHANGE}) AND {_SAME_VOTER} THEN RETURN NEW; "
        f"END IF; END IF; {_NEVER}",
    ),
}
_CHANGE_BACK = {
    "sqlite": (  # rebuilding the table dropped all three
        f"{_TRIGGER}{_ABORT}",
        f"CREATE TRIGGER vote_no_delete BEFORE DELETE ON vote{_ABORT}",
        "CREATE TRIGGER vote_while_open BEFORE INSERT ON vote WHEN (SELECT closed_at FROM ballot WHERE "
        "id = NEW.ballot_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'the ballot is closed'); END",
    ),
    "postgresql": (f"{_FUNCTION}{_NEVER}",),
}


def _words(*values, name):
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def _refer(table, column, target):
    """A column that names a row of another table. SQLite takes it so without rebuilding the table, which would drop
    the triggers that guard the votes."""
    name = f"fk_{table}_{column}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} CHAR(32) CONSTRAINT {name} REFERENCES {target} (id)")
    else:
        op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(name), table, target, [column], ["id"])


def _one_open(condition):
    filled = sa.text(condition)
    op.drop_index("ballot_one_open", "ballot")
    op.create_index(
        "ballot_one_open", "ballot", ["session_id"], unique=True, sqlite_where=filled, postgresql_where=filled
    )


def upgrade():
    kind = _words("draft", "amendment", "procedure", "candidates", name="ballotkind")
    way = _words("tablet", "hands", "paper", name="ballotway")
    op.add_column("ballot", sa.Column("kind", kind, nullable=False, server_default="draft"))
    op.add_column("ballot", sa.Column("way", way, nullable=False, server_default="tablet"))
    op.add_column("ballot", sa.Column("question", sa.String(length=500), nullable=True))
    op.add_column("ballot", sa.Column("about_id", sa.Uuid(), nullable=True))
    op.add_column("ballot", sa.Column("repeat_reason", sa.String(length=300), nullable=True))
    op.add_column("ballot", sa.Column("tour", sa.Integer(), nullable=True))
    op.add_column("ballot", sa.Column("changeable", sa.Boolean(), nullable=False, server_default=sa.false()))
    _refer("ballot", "lead_id", "ballot")
    _refer("ballot", "repeat_of_id", "ballot")
    op.create_index(op.f("ix_ballot_about_id"), "ballot", ["about_id"])
    op.create_index(op.f("ix_ballot_lead_id"), "ballot", ["lead_id"])
    op.create_index("ballot_repeated_once", "ballot", ["repeat_of_id"], unique=True)
    _one_open("closed_at IS NULL AND lead_id IS NULL")
    op.create_table(
        "ballot_option",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ballot_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=True),
        sa.Column("elected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_option_ballot_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ballot_option_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_option")),
        sa.UniqueConstraint("ballot_id", "n", name="ballot_option_place"),
    )
    _refer("vote", "option_id", "ballot_option")
    op.create_table(
        "ballot_teller",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ballot_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=True),
        sa.Column("entered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_teller_ballot_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ballot_teller_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_teller")),
        sa.UniqueConstraint("ballot_id", "person_id", name="ballot_teller_once"),
    )
    op.create_table(
        "vote_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vote_id", sa.Uuid(), nullable=False),
        sa.Column("choice", _words("par", "pret", "atturas", name="choice"), nullable=False),
        sa.Column("option_id", sa.Uuid(), nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("cast_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["vote_id"], ["vote.id"], name=op.f("fk_vote_change_vote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote_change")),
    )
    op.create_index(op.f("ix_vote_change_vote_id"), "vote_change", ["vote_id"])
    for statement in _CHANGE[op.get_bind().dialect.name]:
        op.execute(statement)

    speech = _words("report", "debate", "for", "against", "order", "question", name="speechkind")
    op.add_column("matter_speaker", sa.Column("ended_at", UtcDateTime(), nullable=True))
    op.add_column("matter_speaker", sa.Column("kind", speech, nullable=False, server_default="debate"))
    op.add_column("matter_speaker", sa.Column("asked_at", UtcDateTime(), nullable=True))
    op.add_column("matter_speaker", sa.Column("limit_s", sa.Integer(), nullable=True))
    stay = _words("tablet", "desk", "remote", name="attendanceway")
    op.add_column("council_attendance", sa.Column("way", stay, nullable=False, server_default="tablet"))
    op.add_column("council_attendance", sa.Column("remote_reason", sa.String(length=300), nullable=True))
    _of_session(
        "council_break",
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
    )
    _of_session(
        "council_closed_part",
        sa.Column("matter_id", sa.Uuid(), nullable=True),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_council_closed_part_matter_id")),
    )
    _of_session(
        "council_presiding",
        sa.Column("matter_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("before_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_council_presiding_matter_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_council_presiding_person_id")),
        sa.ForeignKeyConstraint(["before_id"], ["person.id"], name=op.f("fk_council_presiding_before_id")),
    )
    op.create_table(
        "council_procedure",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("speech_minutes", sa.JSON(), nullable=False),
        sa.Column("change_vote", sa.Boolean(), nullable=False),
        sa.Column("tool_decision", sa.String(length=300), nullable=False),
        sa.Column("remote_joining", sa.String(length=300), nullable=False),
        sa.Column("tie_rule", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_procedure")),
    )


def _of_session(table, *parts):
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        *parts,
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f(f"fk_{table}_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_session_id"), table, ["session_id"])


def downgrade():
    for table in ("council_procedure", "council_presiding", "council_closed_part", "council_break", "vote_change"):
        op.drop_table(table)
    op.drop_table("ballot_teller")
    for table, columns in {
        "council_attendance": ("way", "remote_reason"),
        "matter_speaker": ("ended_at", "kind", "asked_at", "limit_s"),
    }.items():
        for column in columns:
            op.drop_column(table, column)
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_constraint("fk_vote_option_id", type_="foreignkey")
        batch_op.drop_column("option_id")
    for statement in _CHANGE_BACK[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("ballot_option")
    _one_open("closed_at IS NULL")
    op.drop_index("ballot_repeated_once", "ballot")
    op.drop_index(op.f("ix_ballot_lead_id"), "ballot")
    op.drop_index(op.f("ix_ballot_about_id"), "ballot")
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        for column in ("lead_id", "repeat_of_id"):
            batch_op.drop_constraint(f"fk_ballot_{column}", type_="foreignkey")
            batch_op.drop_column(column)
        for column in ("kind", "way", "question", "about_id", "repeat_reason", "tour", "changeable"):
            batch_op.drop_column(column)
