"""applications of the one-stop shops"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0050"
down_revision = "0049"


def upgrade():
    op.create_table(
        "shop_application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("service_code", sa.String(length=40), nullable=False),
        sa.Column("client_name", sa.String(length=200), nullable=False),
        sa.Column("centre_code", sa.String(length=40), nullable=False),
        sa.Column("operator_name", sa.String(length=200), nullable=False),
        sa.Column("answer_channel", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("chosen_service", sa.String(length=40), nullable=True),
        sa.Column("refusal_code", sa.String(length=20), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("told_n", sa.Integer(), nullable=False),
        sa.Column("result_given", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem_code", sa.String(length=40), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_shop_application_access_set_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_shop_application_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_application")),
        sa.UniqueConstraint("application_id", name=op.f("uq_shop_application_application_id")),
        sa.UniqueConstraint("case_id", name=op.f("uq_shop_application_case_id")),
    )
    op.create_index(op.f("ix_shop_application_access_set_id"), "shop_application", ["access_set_id"])
    op.create_index("shop_application_page", "shop_application", ["seen_at", "id"])
    op.create_index("shop_application_state", "shop_application", ["state", "id"])


def downgrade():
    op.drop_table("shop_application")
