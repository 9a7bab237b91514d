"""published papers with what is covered in them, recordings, what joins minutes, objects of open data"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0038"
down_revision = "0037"


def _id():
    return sa.Column("id", sa.Uuid(), nullable=False)


def _person(name):
    return sa.Column(name, sa.Uuid(), nullable=True)


def upgrade():
    op.add_column(
        "council_procedure", sa.Column("own_redaction", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "redaction",
        _id(),
        sa.Column("about_kind", sa.String(20), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("covers", sa.JSON(), nullable=False),
        _person("made_by_id"),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        _person("approved_by_id"),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("refused_reason", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_redaction"),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name="fk_redaction_made_by_id"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name="fk_redaction_approved_by_id"),
        sa.UniqueConstraint("about_kind", "about_id", "number", name="redaction_number"),
    )
    op.create_table(
        "publication",
        _id(),
        sa.Column("about_kind", sa.String(20), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("redaction_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        _person("published_by_id"),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_reason", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name="fk_publication_session_id"),
        sa.ForeignKeyConstraint(["redaction_id"], ["redaction.id"], name="fk_publication_redaction_id"),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name="fk_publication_published_by_id"),
        sa.UniqueConstraint("about_kind", "about_id", name="publication_once"),
    )
    op.create_index("ix_publication_session_id", "publication", ["session_id"])
    op.create_table(
        "council_recording",
        _id(),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("stream_url", sa.String(500), nullable=True),
        sa.Column("link_url", sa.String(500), nullable=True),
        sa.Column("name", sa.String(255), nullable=True),
        sa.Column("mime", sa.String(120), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=True),
        sa.Column("blank_parts", sa.Boolean(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("remove_by_on", sa.Date(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_council_recording"),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name="fk_council_recording_session_id"),
        sa.UniqueConstraint("session_id", name="uq_council_recording_session_id"),
    )
    op.create_index("ix_council_recording_remove_by_on", "council_recording", ["remove_by_on"])
    op.create_table(
        "minutes_addition",
        _id(),
        sa.Column("minutes_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("matter_n", sa.Integer(), nullable=True),
        _person("person_id"),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_minutes_addition"),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name="fk_minutes_addition_minutes_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_minutes_addition_person_id"),
    )
    op.create_index("ix_minutes_addition_minutes_id", "minutes_addition", ["minutes_id"])
    op.create_table(
        "minutes_version",
        _id(),
        sa.Column("minutes_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        _person("by_id"),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_minutes_version"),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name="fk_minutes_version_minutes_id"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_minutes_version_by_id"),
        sa.UniqueConstraint("minutes_id", "number", name="minutes_version_number"),
    )
    op.create_index("ix_minutes_version_minutes_id", "minutes_version", ["minutes_id"])
    op.create_table(
        "open_object",
        _id(),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("find_text", sa.Text(), nullable=False),
        sa.Column("on_at", UtcDateTime(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.Column("modified", UtcDateTime(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_open_object"),
    )
    op.create_index("ix_open_object_group_id", "open_object", ["group_id"])
    op.create_index("open_object_list", "open_object", ["kind", "id"])
    op.create_index("open_object_changes", "open_object", ["kind", "modified"])
    op.create_index("open_object_order", "open_object", ["kind", "on_at", "id"])


def downgrade():
    for table in (
        "open_object",
        "minutes_version",
        "minutes_addition",
        "council_recording",
        "publication",
        "redaction",
    ):
        op.drop_table(table)
    op.drop_column("council_procedure", "own_redaction")
