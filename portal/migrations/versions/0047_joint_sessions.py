"""joint sessions of committees, and who asked for an extraordinary session of one"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0047"
down_revision = "0046"


def upgrade():
    op.add_column("council_session", sa.Column("joint", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("council_session", sa.Column("requested_by", sa.String(length=40), nullable=True))
    op.add_column("council_session", sa.Column("requested_at", UtcDateTime(), nullable=True))
    op.create_table(
        "council_session_body",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["council_session.id"], name=op.f("fk_council_session_body_session_id")
        ),
        sa.ForeignKeyConstraint(["body_id"], ["council_body.id"], name=op.f("fk_council_session_body_body_id")),
        sa.PrimaryKeyConstraint("session_id", "body_id", name=op.f("pk_council_session_body")),
    )
    op.create_index(op.f("ix_council_session_body_body_id"), "council_session_body", ["body_id"])


def downgrade():
    op.drop_table("council_session_body")
    with op.batch_alter_table("council_session") as table:
        table.drop_column("requested_at")
        table.drop_column("requested_by")
        table.drop_column("joint")
