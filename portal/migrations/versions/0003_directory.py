"""directory over LDAP: its state, comparisons with the register, applications that read it"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0003"
down_revision = "0002"


def upgrade():
    op.create_table(
        "directory_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("failing_since", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_state")),
    )
    op.create_table(
        "directory_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "running", "done", "failed", name="runstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("finished_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("renamed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["people_import.id"], name=op.f("fk_directory_run_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_run")),
    )
    op.create_index(op.f("ix_directory_run_asked_at"), "directory_run", ["asked_at"])
    op.create_table(
        "directory_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("reads", sa.JSON(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_account")),
        sa.UniqueConstraint("name", name=op.f("uq_directory_account_name")),
    )


def downgrade():
    op.drop_table("directory_account")
    op.drop_index(op.f("ix_directory_run_asked_at"), table_name="directory_run")
    op.drop_table("directory_run")
    op.drop_table("directory_state")
