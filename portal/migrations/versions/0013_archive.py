"""documents: the end of a file's life (holds, acts of destruction, handovers), and blobs erased on purpose"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0013"
down_revision = "0015"

MOMENT = portal.kernel.db.UtcDateTime


def upgrade():
    op.create_table(
        "destruction_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "checked",
                "agreed",
                "approved",
                "destroyed",
                "cancelled",
                name="actstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("made_at", MOMENT(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", MOMENT(), nullable=True),
        sa.Column("checked_by_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_number", sa.String(length=60), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("approved_at", MOMENT(), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("destroyed_at", MOMENT(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_destruction_act_made_by_id_person")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_destruction_act_checked_by_id_person")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["person.id"], name=op.f("fk_destruction_act_approved_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction_act")),
        sa.UniqueConstraint("year", "seq", name=op.f("uq_destruction_act_year_seq")),
    )
    op.create_table(
        "destruction_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("index", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("dating", sa.String(length=40), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("retention", sa.String(length=300), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"], ["destruction_act.id"], name=op.f("fk_destruction_item_act_id_destruction_act")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_destruction_item_dossier_id_dossier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction_item")),
        sa.UniqueConstraint("act_id", "dossier_id", name=op.f("uq_destruction_item_act_id_dossier_id")),
    )
    with op.batch_alter_table("destruction_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_destruction_item_dossier_id"), ["dossier_id"], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("placed_at", MOMENT(), nullable=False),
        sa.Column("placed_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", MOMENT(), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_legal_hold_dossier_id_dossier")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["person.id"], name=op.f("fk_legal_hold_placed_by_id_person")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["person.id"], name=op.f("fk_legal_hold_lifted_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legal_hold_dossier_id"), ["dossier_id"], unique=False)
    op.create_table(
        "archive_handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "ready", "failed", "handed_over", name="handoverstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("dossier_ids", sa.JSON(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("taken_number", sa.String(length=60), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_archive_handover_sha256_blob")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_archive_handover_made_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_handover")),
    )
    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", MOMENT(), nullable=True))
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.add_column(sa.Column("event_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("gone_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("handed_over_on", sa.Date(), nullable=True))
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("destroyed_by_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_document_destroyed_by_id_destruction_act"), "destruction_act", ["destroyed_by_id"], ["id"]
        )


def downgrade():
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_document_destroyed_by_id_destruction_act"), type_="foreignkey")
        batch_op.drop_column("destroyed_by_id")
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.drop_column("handed_over_on")
        batch_op.drop_column("gone_on")
        batch_op.drop_column("event_on")
    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.drop_column("erased_at")
    op.drop_table("archive_handover")
    op.drop_table("legal_hold")
    op.drop_table("destruction_item")
    op.drop_table("destruction_act")
