"""answers kept for requests that come twice; keys that go with other keys"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0023"
down_revision = "0022"


def upgrade():
    op.create_table(
        "kept_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answer")),
        sa.UniqueConstraint("client", "key", name=op.f("uq_kept_answer_client_key")),
    )
    op.create_index(op.f("ix_kept_answer_kept_at"), "kept_answer", ["kept_at"])
    op.create_table(
        "given_key",
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("holder", "name", name=op.f("pk_given_key")),
    )


def downgrade():
    op.drop_table("given_key")
    op.drop_table("kept_answer")
