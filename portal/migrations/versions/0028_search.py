"""search: facets, words that mean the same, saved searches, recent ones, items of other systems"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0028"
down_revision = "0032"

PERMISSION = "search.words"
ROLES = ("it", "clerk")
FACETS = {"author": 300, "status": 60, "class_name": 200, "level": 40, "client": 80}


def upgrade():
    op.create_table(
        "recent_search",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("query", sa.String(length=300), nullable=False),
        sa.Column("at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recent_search_person_id")),
        sa.PrimaryKeyConstraint("person_id", "query", name=op.f("pk_recent_search")),
    )
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.String(length=300), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("tells", sa.Boolean(), nullable=False),
        sa.Column("looked_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("told_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_search_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_search_person_id_name")),
    )
    with op.batch_alter_table("saved_search", schema=None) as batch_op:
        batch_op.create_index(
            "ix_saved_search_tells", ["id"], unique=False,
            sqlite_where=sa.text("tells = 1"), postgresql_where=sa.text("tells"),
        )  # fmt: skip
    op.create_table(
        "search_outside_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.Column("readers", sa.JSON(), nullable=False),
        sa.Column("changed_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_outside_item")),
        sa.UniqueConstraint(
            "client", "kind", "external_id", name=op.f("uq_search_outside_item_client_kind_external_id")
        ),
    )
    op.create_table(
        "search_synonyms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("changed_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_search_synonyms_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_synonyms")),
    )
    with op.batch_alter_table("search_entry", schema=None) as batch_op:
        for name, length in FACETS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), server_default="", nullable=False))
        batch_op.add_column(sa.Column("content_at", portal.kernel.db.UtcDateTime(), nullable=True))
    _fill()
    with op.batch_alter_table("search_entry", schema=None) as batch_op:
        batch_op.alter_column("content_at", existing_type=portal.kernel.db.UtcDateTime(), nullable=False)
        batch_op.create_index("ix_search_entry_content", ["content_at"], unique=False)
        batch_op.create_index(
            "ix_search_entry_level", ["level"], unique=False,
            sqlite_where=sa.text("level <> ''"), postgresql_where=sa.text("level <> ''"),
        )  # fmt: skip
        batch_op.create_index("ix_search_entry_number", ["number"], unique=False)
    op.create_table(
        "saved_search_hit",
        sa.Column("saved_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["search_entry.id"], name=op.f("fk_saved_search_hit_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["saved_id"], ["saved_search.id"], name=op.f("fk_saved_search_hit_saved_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("saved_id", "entry_id", name=op.f("pk_saved_search_hit")),
    )
    with op.batch_alter_table("saved_search_hit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_search_hit_entry_id"), ["entry_id"], unique=False)
    _give_permission()


def _give_permission():
    """Record-keepers and IT staff of an instance that is there already get the permission at once."""
    for role in ROLES:
        given = {"permission": PERMISSION, "key": f"can:{PERMISSION}", "role": role, "held": f"role:{role}"}
        op.get_bind().execute(
            sa.text(
                "INSERT INTO role_permission (role_key, permission) "
                "SELECT key, CAST(:permission AS TEXT) FROM role WHERE key = :role AND NOT EXISTS "
                "(SELECT 1 FROM role_permission WHERE role_key = :role AND permission = CAST(:permission AS TEXT))"
            ),
            given,
        )
        op.get_bind().execute(
            sa.text(
                "INSERT INTO actor_key (person_id, name, until) "
                "SELECT person_id, CAST(:key AS TEXT), until FROM actor_key AS held "
                "WHERE name = :held AND NOT EXISTS (SELECT 1 FROM actor_key AS had "
                "WHERE had.person_id = held.person_id AND had.name = CAST(:key AS TEXT))"
            ),
            given,
        )


def _fill():
    """What is known of documents and cases already goes into the facets, and everything into the index once more."""
    op.execute("UPDATE search_entry SET content_at = CURRENT_TIMESTAMP, pending = TRUE, revision = revision + 1")
    for kind, table, columns in (
        ("document", "document", {"status": "'document.' || {0}.state", "author": "{0}.author"}),
        ("draft", "draft", {"status": "'draft.' || {0}.state"}),
        ("case", "case_file", {"status": "'case.' || {0}.status", "author": "{0}.client_name"}),
    ):
        for column, value in columns.items():
            said = value.format(table)
            op.execute(
                f"UPDATE search_entry SET {column} = COALESCE((SELECT SUBSTR({said}, 1, {FACETS[column]}) FROM {table}"  # noqa: S608
                f" WHERE {table}.id = search_entry.object_id), '') WHERE kind = '{kind}' AND NOT removed"
            )
    restricted = "SELECT 'document.' || level FROM document_restriction WHERE lifted_at IS NULL AND document_id = {}"
    op.execute(
        f"UPDATE search_entry SET level = COALESCE(({restricted.format('search_entry.object_id')}), '')"  # noqa: S608
        " WHERE kind = 'document'"
    )
    answered = "(SELECT answers_id FROM draft WHERE draft.id = search_entry.object_id)"
    op.execute(
        f"UPDATE search_entry SET level = COALESCE(({restricted.format(answered)}), '') WHERE kind = 'draft'"  # noqa: S608
    )


def downgrade():
    op.get_bind().execute(sa.text("DELETE FROM actor_key WHERE name = :key"), {"key": f"can:{PERMISSION}"})
    op.get_bind().execute(sa.text("DELETE FROM role_permission WHERE permission = :p"), {"p": PERMISSION})
    op.drop_table("saved_search_hit")
    with op.batch_alter_table("search_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_search_entry_number")
        batch_op.drop_index("ix_search_entry_level")
        batch_op.drop_index("ix_search_entry_content")
        for name in ("content_at", *FACETS):
            batch_op.drop_column(name)
    for table in ("search_synonyms", "search_outside_item", "saved_search", "recent_search"):
        op.drop_table(table)
