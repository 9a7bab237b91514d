"""headings and guests of an agenda, and why something came after its term"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0043"
down_revision = "0042"


def upgrade():
    op.add_column("matter", sa.Column("section", sa.String(length=120), nullable=True))
    op.add_column("council_session", sa.Column("late_ground", sa.String(length=500), nullable=True))
    op.create_table(
        "council_guest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("office", sa.String(length=160), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_council_guest_session_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_council_guest_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_guest")),
    )
    op.create_index(op.f("ix_council_guest_session_id"), "council_guest", ["session_id"])


def downgrade():
    op.drop_table("council_guest")
    op.drop_column("council_session", "late_ground")
    op.drop_column("matter", "section")
