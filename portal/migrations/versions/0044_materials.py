"""materials of a session as one file; when its drafts became public"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0044"
down_revision = "0043"


def upgrade():
    op.create_table(
        "council_materials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("matter_ids", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_council_materials_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_materials")),
        sa.UniqueConstraint("session_id", "digest", name="council_materials_once"),
    )
    op.create_index(op.f("ix_council_materials_session_id"), "council_materials", ["session_id"])
    op.add_column("council_session", sa.Column("drafts_public_at", UtcDateTime(), nullable=True))


def downgrade():
    op.drop_column("council_session", "drafts_public_at")
    op.drop_table("council_materials")
