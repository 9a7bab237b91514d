"""the document store: items, versions, files, relations, grants, classes, property sets; who sets it up"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0024"
down_revision = "0025"

PERMISSION = "admin.store"
ROLE = sa.table("role", sa.column("key", sa.String))
CARRIED = sa.table("role_permission", sa.column("role_key", sa.String), sa.column("permission", sa.String))
HELD = sa.table("actor_key", sa.column("person_id", sa.Uuid), sa.column("name", sa.String), sa.column("until", sa.Date))


def upgrade():
    op.create_table(
        "store_class",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_store_class")),
    )
    op.create_table(
        "store_reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("reserved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_reservation")),
    )
    op.create_index(op.f("ix_store_reservation_owner"), "store_reservation", ["owner"], unique=False)
    op.create_table(
        "store_property_set",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_store_property_set_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_property_set")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_store_property_set_code_version")),
    )
    op.create_table(
        "store_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("class_code", sa.String(length=60), nullable=False),
        sa.Column(
            "level",
            sa.Enum("open", "internal", "restricted", "confidential", name="level", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("active", "deleted", "destroyed", name="itemstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("property_set_id", sa.Uuid(), nullable=True),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("retain_until", sa.Date(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lock_token", sa.String(length=40), nullable=False),
        sa.Column("locked_by", sa.String(length=200), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("delete_reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_store_item_access_set_id")),
        sa.ForeignKeyConstraint(
            ["property_set_id"], ["store_property_set.id"], name=op.f("fk_store_item_property_set_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_item")),
        sa.UniqueConstraint("owner", "external_id", name=op.f("uq_store_item_owner_external_id")),
    )
    op.create_index("ix_store_item_access", "store_item", ["access_set_id", "id"], unique=False)
    op.create_index("ix_store_item_class", "store_item", ["class_code", "id"], unique=False)
    op.create_index("ix_store_item_owner", "store_item", ["owner", "id"], unique=False)
    op.create_table(
        "store_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["store_item.id"], name=op.f("fk_store_change_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_change")),
    )
    op.create_index("ix_store_change_item", "store_change", ["item_id", "id"], unique=False)
    op.create_table(
        "store_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("class_code", sa.String(length=60), nullable=True),
        sa.Column("up_to_level", sa.String(length=20), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(item_id IS NULL) <> (class_code IS NULL)", name=op.f("ck_store_grant_one_object")),
        sa.ForeignKeyConstraint(["item_id"], ["store_item.id"], name=op.f("fk_store_grant_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_grant")),
    )
    op.create_index("ix_store_grant_holder", "store_grant", ["holder"], unique=False)
    op.create_index("ix_store_grant_item", "store_grant", ["item_id"], unique=False)
    op.create_index("ix_store_grant_owner", "store_grant", ["owner", "id"], unique=False)
    op.create_table(
        "store_relation",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["store_item.id"], name=op.f("fk_store_relation_item_id")),
        sa.ForeignKeyConstraint(["target_id"], ["store_item.id"], name=op.f("fk_store_relation_target_id")),
        sa.PrimaryKeyConstraint("item_id", "kind", "target_id", name=op.f("pk_store_relation")),
    )
    op.create_index(op.f("ix_store_relation_target_id"), "store_relation", ["target_id"], unique=False)
    op.create_table(
        "store_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["store_item.id"], name=op.f("fk_store_version_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_version")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_store_version_item_id_number")),
    )
    op.create_table(
        "store_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("mime", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["store_item.id"], name=op.f("fk_store_file_item_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_store_file_sha256")),
        sa.ForeignKeyConstraint(["version_id"], ["store_version.id"], name=op.f("fk_store_file_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_file")),
        sa.UniqueConstraint("version_id", "n", name=op.f("uq_store_file_version_id_n")),
    )
    op.create_index("ix_store_file_item", "store_file", ["item_id"], unique=False)
    op.create_index(op.f("ix_store_file_sha256"), "store_file", ["sha256"], unique=False)
    given = sa.select(ROLE.c.key, sa.literal(PERMISSION)).where(
        ROLE.c.key == "it", ROLE.c.key.not_in(sa.select(CARRIED.c.role_key).where(CARRIED.c.permission == PERMISSION))
    )
    op.execute(sa.insert(CARRIED).from_select(["role_key", "permission"], given))
    had = sa.select(HELD.c.person_id).where(HELD.c.name == f"can:{PERMISSION}")
    held = sa.select(HELD.c.person_id, sa.literal(f"can:{PERMISSION}"), HELD.c.until).where(
        HELD.c.name == "role:it", HELD.c.person_id.not_in(had)
    )
    op.execute(sa.insert(HELD).from_select(["person_id", "name", "until"], held))


def downgrade():
    op.execute(sa.delete(HELD).where(HELD.c.name == f"can:{PERMISSION}"))
    op.execute(sa.delete(CARRIED).where(CARRIED.c.permission == PERMISSION))
    for table in (
        "store_grant", "store_file", "store_version", "store_relation", "store_change", "store_item",
        "store_property_set", "store_reservation", "store_class",
    ):  # fmt: skip
        op.drop_table(table)
