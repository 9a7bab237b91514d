"""rates of pay of members, and statements of attendance"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0045"
down_revision = "0044"


def upgrade():
    op.create_table(
        "council_pay_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=True),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=300), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_council_pay_rate_council_pay_rate_amount")),
        sa.ForeignKeyConstraint(["body_id"], ["council_body.id"], name=op.f("fk_council_pay_rate_body_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_pay_rate")),
    )
    op.create_index(op.f("ix_council_pay_rate_body_id"), "council_pay_rate", ["body_id"])
    op.create_table(
        "council_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("correction", sa.String(length=500), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("returned_reason", sa.String(length=500), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["council_body.id"], name=op.f("fk_council_statement_body_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_council_statement_made_by_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_council_statement_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_statement")),
    )
    op.create_index("council_statement_page", "council_statement", ["body_id", "since", "id"])
    op.create_index(op.f("ix_council_statement_body_id"), "council_statement", ["body_id"])
    op.create_index(
        "council_statement_approved_once",
        "council_statement",
        ["body_id", "since", "until"],
        unique=True,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )


def downgrade():
    op.drop_table("council_statement")
    op.drop_table("council_pay_rate")
