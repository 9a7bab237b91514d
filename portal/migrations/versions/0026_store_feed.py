"""what happened in the store, imports, items that nobody may change yet"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0026"
down_revision = "0036"

RESULT = sa.Enum("waiting", "created", "same", "refused", name="importresult", native_enum=False, length=40)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "store_event",
        sa.Column("n", NUMBER, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_store_event")),
    )
    with op.batch_alter_table("store_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_store_event_at"), ["at"], unique=False)
    op.create_table(
        "store_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_import")),
    )
    op.create_table(
        "store_import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("result", RESULT, nullable=False),
        sa.Column("why", sa.String(length=1000), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["store_import.id"], name=op.f("fk_store_import_row_import_id")),
        sa.PrimaryKeyConstraint("import_id", "n", name=op.f("pk_store_import_row")),
    )
    with op.batch_alter_table("store_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_until", sa.Date(), nullable=True))


def downgrade():
    with op.batch_alter_table("store_item", schema=None) as batch_op:
        batch_op.drop_column("held_until")
    op.drop_table("store_import_row")
    op.drop_table("store_import")
    op.drop_table("store_event")
