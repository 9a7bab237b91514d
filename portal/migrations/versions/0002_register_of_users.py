"""register of users: dates, positions held, groups, substitutes, imports, separate admin accounts"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db
from portal.identity.models.people import person_keys

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("since", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("until", sa.Date(), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("since", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("personal_code", portal.kernel.db.EncryptedText(), nullable=True))
        batch_op.add_column(sa.Column("personal_code_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("picture_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column(
                "account",
                sa.Enum("ordinary", "admin", name="accountkind", native_enum=False, length=40),
                server_default="ordinary",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("owner_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("successor_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "order_key",
                sa.String(length=240).with_variant(sa.String(length=240, collation="C"), "postgresql"),
                server_default="",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("search_text", sa.Text(), server_default="", nullable=False))
        batch_op.create_foreign_key(batch_op.f("fk_person_owner_id"), "person", ["owner_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_person_merged_into_id"), "person", ["merged_into_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_person_successor_id"), "person", ["successor_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_person_personal_code_hash"), ["personal_code_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index("ix_person_order", ["order_key", "id"], unique=False)
    _fill_keys()

    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acting_for_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_sign_in_session_acting_for_id"), "person", ["acting_for_id"], ["id"])

    op.create_table(
        "placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_placement_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_placement_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index(op.f("ix_placement_person_id"), "placement", ["person_id"])
    op.create_index(op.f("ix_placement_unit_id"), "placement", ["unit_id"])
    op.create_table(
        "register_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_day")),
    )
    op.create_table(
        "person_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_group")),
        sa.UniqueConstraint("code", name=op.f("uq_person_group_code")),
    )
    op.create_table(
        "group_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["person_group.id"], name=op.f("fk_group_member_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_group_member_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_group_id"), "group_member", ["group_id"])
    op.create_index(op.f("ix_group_member_person_id"), "group_member", ["person_id"])
    op.create_table(
        "group_role",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("role_key", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["person_group.id"], name=op.f("fk_group_role_group_id")),
        sa.ForeignKeyConstraint(["role_key"], ["role.key"], name=op.f("fk_group_role_role_key")),
        sa.PrimaryKeyConstraint("group_id", "role_key", name=op.f("pk_group_role")),
    )
    op.create_table(
        "substitution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_substitution_person_id")),
        sa.ForeignKeyConstraint(["substitute_id"], ["person.id"], name=op.f("fk_substitution_substitute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    op.create_index("ix_substitution_of", "substitution", ["person_id", "until"])
    op.create_index("ix_substitution_by", "substitution", ["substitute_id", "until"])
    op.create_table(
        "people_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "preview", "applying", "applied", "undoing", "undone", name="importstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("applied_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("undone_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("rows_json", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("before_json", portal.kernel.db.EncryptedText(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_people_import_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_import")),
    )


def _fill_keys():
    """What people are ordered and searched by, for those who are there already."""
    person = sa.table(
        "person",
        *(
            sa.column(name)
            for name in ("given_name", "family_name", "username", "email", "position", "order_key", "search_text")
        ),
        sa.column("id", sa.Uuid()),
    )
    bind = op.get_bind()
    for row in bind.execute(sa.select(person)).all():
        keys = person_keys(row.given_name, row.family_name, row.username, row.email, row.position)
        bind.execute(sa.update(person).where(person.c.id == row.id).values(**keys))


def downgrade():
    for table in ("people_import", "substitution", "group_role", "group_member", "person_group", "register_day"):
        op.drop_table(table)
    op.drop_table("placement")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_sign_in_session_acting_for_id"), type_="foreignkey")
        batch_op.drop_column("acting_for_id")
    with op.batch_alter_table("person", schema=None) as batch_op:
        for index in ("ix_person_order", "ix_person_merged_into_id", "ix_person_owner_id"):
            batch_op.drop_index(index)
        batch_op.drop_index(batch_op.f("ix_person_personal_code_hash"))
        batch_op.drop_constraint(batch_op.f("fk_person_successor_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_person_merged_into_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_person_owner_id"), type_="foreignkey")
        for column in (
            "search_text", "order_key", "successor_id", "merged_into_id", "owner_id", "account", "picture_sha256",
            "personal_code_hash", "personal_code", "until", "since", "phone",
        ):  # fmt: skip
            batch_op.drop_column(column)
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_column("until")
        batch_op.drop_column("since")
