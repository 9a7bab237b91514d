"""registers: kept-back numbers, kinds of registration, filing plans, saved views, acts on many, files made ready"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0008"
down_revision = "0011"


def upgrade():
    op.create_table(
        "filing_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "agreed", "in_force", "closed", name="planstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("agreed_note", sa.String(length=300), nullable=False),
        sa.Column("copied_from_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["copied_from_id"], ["filing_plan.id"], name=op.f("fk_filing_plan_copied_from_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_plan")),
        sa.UniqueConstraint("year", name=op.f("uq_filing_plan_year")),
    )
    op.create_table(
        "dossier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.String(length=30), nullable=False),
        sa.Column("place_key", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("is_level", sa.Boolean(), nullable=False),
        sa.Column(
            "retention",
            sa.Enum("permanent", "years", "event", name="retention", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("retention_years", sa.Integer(), nullable=True),
        sa.Column("retention_event", sa.String(length=200), nullable=False),
        sa.Column("retention_ground", sa.String(length=300), nullable=False),
        sa.Column("review", sa.String(length=2), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column(
            "carrier",
            sa.Enum("electronic", "paper", "both", name="carrier", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("system", sa.String(length=200), nullable=False),
        sa.Column("restriction", sa.String(length=300), nullable=False),
        sa.Column("notes", sa.String(length=500), nullable=False),
        sa.Column("runs_on", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("continues_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["continues_id"], ["dossier.id"], name=op.f("fk_dossier_continues_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["filing_plan.id"], name=op.f("fk_dossier_plan_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_dossier_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("plan_id", "index", name=op.f("uq_dossier_plan_id_index")),
    )
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.create_index("ix_dossier_plan_place", ["plan_id", "place_key"], unique=False)

    op.create_table(
        "list_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("done_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("undone_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_list_act_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_act")),
    )
    op.create_table(
        "number_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("noted_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("noted_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_number_note_noted_by_id")),
        sa.ForeignKeyConstraint(["register_id"], ["register.id"], name=op.f("fk_number_note_register_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_note")),
        sa.UniqueConstraint("register_id", "year", "seq", name=op.f("uq_number_note_register_id_year_seq")),
    )
    op.create_table(
        "number_reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reserved_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("reserved_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["register_id"], ["register.id"], name=op.f("fk_number_reservation_register_id")),
        sa.ForeignKeyConstraint(["reserved_by_id"], ["person.id"], name=op.f("fk_number_reservation_reserved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_reservation")),
    )
    with op.batch_alter_table("number_reservation", schema=None) as batch_op:
        batch_op.create_index("ix_number_reservation_register", ["register_id", "year", "first"], unique=False)

    op.create_table(
        "registration_kind",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "letter",
                "application",
                "decision",
                "minutes",
                "extract",
                "outgoing",
                "internal",
                "contract",
                "order",
                name="documentkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "direction",
            sa.Enum("incoming", "outgoing", "internal", name="direction", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("registers", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("dossier_index", sa.String(length=30), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_registration_kind_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_kind")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_registration_kind_key_version")),
    )
    with op.batch_alter_table("registration_kind", schema=None) as batch_op:
        batch_op.create_index(
            "uq_registration_kind_current",
            ["key"],
            unique=True,
            sqlite_where=sa.text("is_current = 1"),
            postgresql_where=sa.text("is_current"),
        )

    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_view_person_id_name")),
    )
    op.create_table(
        "filing_plan_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "ready", "failed", "applied", name="importstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_filing_plan_import_made_by_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["filing_plan.id"], name=op.f("fk_filing_plan_import_plan_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_filing_plan_import_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_plan_import")),
    )
    with op.batch_alter_table("filing_plan_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_filing_plan_import_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "ready_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "ready", "failed", name="readystate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("asked_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ready_file_person_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_ready_file_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_file")),
    )
    with op.batch_alter_table("ready_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ready_file_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registration_kind_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("extra", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
        batch_op.add_column(sa.Column("dossier_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "carrier",
                sa.Enum("electronic", "paper", "both", name="carrier", native_enum=False, length=40),
                nullable=False,
                server_default="electronic",
            )
        )
        batch_op.add_column(sa.Column("done_note", sa.String(length=500), nullable=False, server_default=""))
        batch_op.create_index(
            "ix_document_dossier", ["dossier_id", "registered_at", "id", "access_set_id"], unique=False
        )
        batch_op.create_foreign_key(batch_op.f("fk_document_dossier_id"), "dossier", ["dossier_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_document_registration_kind_id"), "registration_kind", ["registration_kind_id"], ["id"]
        )

    with op.batch_alter_table("document_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preview_sha256", sa.String(length=64), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_document_file_preview_sha256"), "blob", ["preview_sha256"], ["sha256"]
        )

    with op.batch_alter_table("register", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suffix", sa.String(length=20), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("dossier_index", sa.String(length=30), nullable=False, server_default=""))


def downgrade():
    with op.batch_alter_table("register", schema=None) as batch_op:
        batch_op.drop_column("dossier_index")
        batch_op.drop_column("suffix")

    with op.batch_alter_table("document_file", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_document_file_preview_sha256"), type_="foreignkey")
        batch_op.drop_column("preview_sha256")

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_document_registration_kind_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_document_dossier_id"), type_="foreignkey")
        batch_op.drop_index("ix_document_dossier")
        batch_op.drop_column("done_note")
        batch_op.drop_column("carrier")
        batch_op.drop_column("dossier_id")
        batch_op.drop_column("extra")
        batch_op.drop_column("registration_kind_id")

    with op.batch_alter_table("ready_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ready_file_person_id"))

    op.drop_table("ready_file")
    with op.batch_alter_table("filing_plan_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filing_plan_import_plan_id"))

    op.drop_table("filing_plan_import")
    op.drop_table("saved_view")
    with op.batch_alter_table("registration_kind", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_registration_kind_current",
            sqlite_where=sa.text("is_current = 1"),
            postgresql_where=sa.text("is_current"),
        )

    op.drop_table("registration_kind")
    with op.batch_alter_table("number_reservation", schema=None) as batch_op:
        batch_op.drop_index("ix_number_reservation_register")

    op.drop_table("number_reservation")
    op.drop_table("number_note")
    op.drop_table("list_act")
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.drop_index("ix_dossier_plan_place")

    op.drop_table("dossier")
    op.drop_table("filing_plan")
