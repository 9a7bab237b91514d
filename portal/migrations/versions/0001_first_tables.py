"""first tables"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0001"
down_revision = None


_VOTE_REFUSALS = {
    "postgresql": (
        "CREATE OR REPLACE FUNCTION vote_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'votes are never altered'; END $$",
        "CREATE TRIGGER vote_no_change BEFORE UPDATE OR DELETE ON vote FOR EACH ROW EXECUTE FUNCTION "
        "vote_refuse_change()",
    ),
    "sqlite": (
        "CREATE TRIGGER vote_no_update BEFORE UPDATE ON vote BEGIN SELECT RAISE(ABORT, 'votes are never altered'); END",
        "CREATE TRIGGER vote_no_delete BEFORE DELETE ON vote BEGIN SELECT RAISE(ABORT, 'votes are never altered'); END",
        "CREATE TRIGGER vote_while_open BEFORE INSERT ON vote WHEN (SELECT closed_at FROM ballot WHERE "
        "id = NEW.ballot_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'the ballot is closed'); END",
    ),
}


def upgrade():
    op.create_table(
        "access_set",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_set")),
    )
    op.create_table(
        "address_check",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("checked_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_address_check")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("witnessed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoint")),
        sa.UniqueConstraint("size", name=op.f("uq_audit_checkpoint_size")),
    )
    with op.batch_alter_table("audit_checkpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_checkpoint_witnessed_at"), ["witnessed_at"], unique=False)

    op.create_table(
        "audit_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("on_behalf_of_id", sa.String(length=36), nullable=True),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("object_kind", sa.String(length=80), nullable=True),
        sa.Column("object_id", sa.String(length=80), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("old_json", sa.Text(), nullable=True),
        sa.Column("new_json", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("personal_digest", sa.String(length=64), nullable=True),
        sa.Column("personal_json", portal.kernel.db.EncryptedText(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("origin_mac", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_record")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_audit_record_leaf_index")),
    )
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.create_index("ix_audit_record_action", ["action", "at"], unique=False)
        batch_op.create_index("ix_audit_record_at", ["at", "id"], unique=False)
        batch_op.create_index("ix_audit_record_object", ["object_kind", "object_id", "at"], unique=False)
        batch_op.create_index("ix_audit_record_person", ["person_id", "at"], unique=False)

    op.create_table(
        "audit_tile",
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("height", "index", name=op.f("pk_audit_tile")),
    )
    op.create_table(
        "audit_verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "intact",
                "damaged",
                "failed",
                name="verificationstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("finished_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("sealed_until", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("checkpoints", sa.Integer(), nullable=False),
        sa.Column("blobs", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_verification")),
    )
    op.create_table(
        "channel_state",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("last_good_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("failing_since", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel_state")),
    )
    op.create_table(
        "clock_offset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_offset")),
    )
    op.create_table(
        "exchange_notice",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("worked_in_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_exchange_notice")),
    )
    op.create_table(
        "flow_definition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("xml", sa.Text(), nullable=False),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_definition")),
        sa.UniqueConstraint("key", "version", name="flow_definition_version"),
    )
    op.create_table(
        "live_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_event")),
    )
    with op.batch_alter_table("live_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_live_event_created_at"), ["created_at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.String(length=120), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("next_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("leased_until", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("done_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["state", "next_at"], unique=False)

    op.create_table(
        "periodic_run",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("next_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_run")),
    )
    op.create_table(
        "role",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_role")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_failure_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_failure_subject"), ["subject"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("index", sa.String(length=20), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("head_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["head_id"], ["person.id"], name=op.f("fk_unit_head_id"), use_alter=True),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("index", name=op.f("uq_unit_index")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "access_set_key",
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["set_id"], ["access_set.id"], name=op.f("fk_access_set_key_set_id")),
        sa.PrimaryKeyConstraint("set_id", "name", name=op.f("pk_access_set_key")),
    )
    with op.batch_alter_table("access_set_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_set_key_name"), ["name"], unique=False)

    op.create_table(
        "flow_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("definition_id", sa.Uuid(), nullable=False),
        sa.Column("about_kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("trail", sa.JSON(), nullable=False),
        sa.Column("started_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("done_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["definition_id"], ["flow_definition.id"], name=op.f("fk_flow_run_definition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_run")),
    )
    with op.batch_alter_table("flow_run", schema=None) as batch_op:
        batch_op.create_index("flow_run_about", ["about_kind", "about_id"], unique=False)
        batch_op.create_index(
            "flow_run_one_open",
            ["about_kind", "about_id"],
            unique=True,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "failed_fetch",
                "stored",
                "confirmed",
                "registered",
                "late",
                name="messagestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sender", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("sender_hash", sa.String(length=64), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind_code", sa.String(length=60), nullable=False),
        sa.Column("kind_version", sa.String(length=20), nullable=False),
        sa.Column("service_code", sa.String(length=60), nullable=True),
        sa.Column("reply_to", sa.String(length=60), nullable=True),
        sa.Column("sent_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("received_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("stored_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("envelope_sha256", sa.String(length=64), nullable=True),
        sa.Column("confirmation_sha256", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem_code", sa.String(length=60), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_message_access_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("external_id", name=op.f("uq_message_external_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_access_set_id"), ["access_set_id"], unique=False)
        batch_op.create_index("ix_message_desk", ["received_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_sender_hash"), ["sender_hash"], unique=False)
        batch_op.create_index("ix_message_state", ["state"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_person_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("username", name=op.f("uq_person_username")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "register",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("index", sa.String(length=20), nullable=False),
        sa.Column("number_format", sa.String(length=60), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("incoming", "outgoing", "internal", name="direction", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("default_keys", sa.JSON(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_register_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
        sa.UniqueConstraint("code", name=op.f("uq_register_code")),
    )
    op.create_table(
        "role_permission",
        sa.Column("role_key", sa.String(length=40), nullable=False),
        sa.Column("permission", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["role_key"], ["role.key"], name=op.f("fk_role_permission_role_key")),
        sa.PrimaryKeyConstraint("role_key", "permission", name=op.f("pk_role_permission")),
    )
    op.create_table(
        "search_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("number", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_search_entry_access_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("kind", "object_id", name=op.f("uq_search_entry_kind_object_id")),
    )
    with op.batch_alter_table("search_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_search_entry_access_set_id"), ["access_set_id"], unique=False)
        batch_op.create_index(
            "ix_search_entry_pending",
            ["id"],
            unique=False,
            sqlite_where=sa.text("pending = 1"),
            postgresql_where=sa.text("pending"),
        )

    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("index", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("flow_key", sa.String(length=60), nullable=False),
        sa.Column("term_working_days", sa.Integer(), nullable=True),
        sa.Column("term_months", sa.Integer(), nullable=True),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("fee_cents", sa.Integer(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("result_description", sa.Text(), nullable=False),
        sa.Column("is_general", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(term_working_days IS NULL) <> (term_months IS NULL)", name=op.f("ck_service_service_one_term")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_service_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("code", name=op.f("uq_service_code")),
        sa.UniqueConstraint("index", name=op.f("uq_service_index")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            "service_one_general",
            ["is_general"],
            unique=True,
            sqlite_where=sa.text("is_general"),
            postgresql_where=sa.text("is_general"),
        )

    op.create_table(
        "actor_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_actor_key_person_id")),
        sa.PrimaryKeyConstraint("person_id", "name", name=op.f("pk_actor_key")),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mime", sa.String(length=200), nullable=False),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_blob_address_length")),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_blob_size_not_negative")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_blob_created_by_id")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "case_counter",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_case_counter_service_id")),
        sa.PrimaryKeyConstraint("service_id", "year", name=op.f("pk_case_counter")),
    )
    op.create_table(
        "council_body",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.Enum("council", "committee", name="bodykind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=60), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("chair_id", sa.Uuid(), nullable=True),
        sa.Column("deputy_chair_id", sa.Uuid(), nullable=True),
        sa.Column("minute_taker_id", sa.Uuid(), nullable=True),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_council_body_council_body_has_seats")),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_council_body_access_set_id")),
        sa.ForeignKeyConstraint(["chair_id"], ["person.id"], name=op.f("fk_council_body_chair_id")),
        sa.ForeignKeyConstraint(["deputy_chair_id"], ["person.id"], name=op.f("fk_council_body_deputy_chair_id")),
        sa.ForeignKeyConstraint(["minute_taker_id"], ["person.id"], name=op.f("fk_council_body_minute_taker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_body")),
        sa.UniqueConstraint("name", name="council_body_name"),
    )
    with op.batch_alter_table("council_body", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_council_body_access_set_id"), ["access_set_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.String(length=60), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "retrying",
                "failed",
                "sent",
                "accepted",
                "rejected",
                "delivered",
                "refused",
                "late",
                "cancelled",
                name="deliverystate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ref_number", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=True),
        sa.Column("envelope_sha256", sa.String(length=64), nullable=True),
        sa.Column("receipt_sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("sent_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("server_received_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("tried_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("next_try_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("outcome_known", sa.Boolean(), nullable=False),
        sa.Column("problem_code", sa.String(length=60), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("queued_by_id", sa.Uuid(), nullable=True),
        sa.Column("client", sa.String(length=60), nullable=False),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_delivery_access_set_id")),
        sa.ForeignKeyConstraint(["queued_by_id"], ["person.id"], name=op.f("fk_delivery_queued_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("ref_number", name=op.f("uq_delivery_ref_number")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_access_set_id"), ["access_set_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_delivery_desk", ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_external_id"), ["external_id"], unique=False)
        batch_op.create_index("ix_delivery_state", ["state"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("incoming", "outgoing", "internal", name="direction", native_enum=False, length=40),
            nullable=False,
        ),
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
                name="documentkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column(
            "title_key",
            sa.String(length=500).with_variant(sa.String(length=500, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("find_text", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=300), nullable=False),
        sa.Column("addressee", sa.String(length=300), nullable=False),
        sa.Column("author_number", sa.String(length=80), nullable=False),
        sa.Column("author_date", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("registered_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_key", sa.Date(), nullable=False),
        sa.Column("due_rule", sa.String(length=20), nullable=False),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("answers_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("registered", "in_work", "done", "annulled", name="documentstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "warning",
            sa.Enum(
                "file_problem", "signature_unknown", "signature_invalid", name="warn", native_enum=False, length=40
            ),
            nullable=True,
        ),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_document_seq_positive")),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_document_access_set_id")),
        sa.ForeignKeyConstraint(["answers_id"], ["document.id"], name=op.f("fk_document_answers_id")),
        sa.ForeignKeyConstraint(["register_id"], ["register.id"], name=op.f("fk_document_register_id")),
        sa.ForeignKeyConstraint(["registered_by_id"], ["person.id"], name=op.f("fk_document_registered_by_id")),
        sa.ForeignKeyConstraint(["responsible_id"], ["person.id"], name=op.f("fk_document_responsible_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_document_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("message_id", name=op.f("uq_document_message_id")),
        sa.UniqueConstraint("register_id", "year", "seq", name=op.f("uq_document_register_id_year_seq")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document_access_registered", ["access_set_id", "registered_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_answers_id"), ["answers_id"], unique=False)
        batch_op.create_index("ix_document_case", ["case_id"], unique=False)
        batch_op.create_index("ix_document_due", ["due_key", "id", "access_set_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_number"), ["number"], unique=False)
        batch_op.create_index("ix_document_number_order", ["year", "seq", "id", "access_set_id"], unique=False)
        batch_op.create_index(
            "ix_document_register_registered", ["register_id", "registered_at", "id", "access_set_id"], unique=False
        )
        batch_op.create_index("ix_document_registered", ["registered_at", "id", "access_set_id"], unique=False)
        batch_op.create_index("ix_document_responsible", ["responsible_id", "registered_at", "id"], unique=False)
        batch_op.create_index("ix_document_title", ["title_key", "id", "access_set_id"], unique=False)

    op.create_table(
        "message_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_file_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_file")),
        sa.UniqueConstraint("message_id", "n", name=op.f("uq_message_file_message_id_n")),
    )
    op.create_table(
        "register_counter",
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["register_id"], ["register.id"], name=op.f("fk_register_counter_register_id")),
        sa.PrimaryKeyConstraint("register_id", "year", name=op.f("pk_register_counter")),
    )
    op.create_table(
        "register_tally",
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_register_tally_access_set_id")),
        sa.ForeignKeyConstraint(["register_id"], ["register.id"], name=op.f("fk_register_tally_register_id")),
        sa.PrimaryKeyConstraint("register_id", "access_set_id", name=op.f("pk_register_tally")),
    )
    op.create_table(
        "role_assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role_key", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_assignment_person_id")),
        sa.ForeignKeyConstraint(["role_key"], ["role.key"], name=op.f("fk_role_assignment_role_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
    )
    with op.batch_alter_table("role_assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_assignment_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_role_assignment_role_key"), ["role_key"], unique=False)

    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("browser", sa.String(length=300), nullable=False),
        sa.Column("started_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("seen_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_session_token_hash")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_session_person_id"), ["person_id"], unique=False)

    op.create_table(
        "signature_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("data", sa.JSON(), nullable=True),
        sa.Column("requested_by_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("checked_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["requested_by_id"], ["person.id"], name=op.f("fk_signature_report_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_report")),
    )
    with op.batch_alter_table("signature_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signature_report_requested_by_id"), ["requested_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signature_report_sha256"), ["sha256"], unique=False)

    op.create_table(
        "signature_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("about_kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "kind", sa.Enum("personal", "seal", name="signaturekind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "signed", "refused", name="requeststate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("requested_by_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("finished_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("container_sha256", sa.String(length=64), nullable=True),
        sa.Column("container_name", sa.Text(), nullable=True),
        sa.Column("container_size", sa.BigInteger(), nullable=True),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_signature_request_access_set_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["person.id"], name=op.f("fk_signature_request_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_request")),
    )
    with op.batch_alter_table("signature_request", schema=None) as batch_op:
        batch_op.create_index("ix_signature_request_about", ["about_kind", "about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signature_request_access_set_id"), ["access_set_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("about_kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_by_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "state", sa.Enum("open", "done", "closed", name="taskstate", native_enum=False, length=40), nullable=False
        ),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("done_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("ready_id", sa.String(length=40), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR role IS NOT NULL OR unit_id IS NOT NULL", name=op.f("ck_task_task_has_somebody")
        ),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["person.id"], name=op.f("fk_task_claimed_by_id")),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_task_done_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_task_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["flow_run.id"], name=op.f("fk_task_run_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("run_id", "ready_id", name="task_once_per_step"),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_run_id"), ["run_id"], unique=False)
        batch_op.create_index("task_about", ["about_kind", "about_id", "kind"], unique=False)
        batch_op.create_index("task_claimed", ["claimed_by_id", "state"], unique=False)
        batch_op.create_index("task_of_person", ["person_id", "state"], unique=False)
        batch_op.create_index("task_of_role", ["role", "state"], unique=False)
        batch_op.create_index("task_of_unit", ["unit_id", "state"], unique=False)

    op.create_table(
        "case_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "REGISTRETS",
                "APSTRADE",
                "PAPILDINF",
                "APTURETS",
                "SNIEGTS",
                "ATTEIKTS",
                "ATSAUKTS",
                "PARSUTITS",
                name="status",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "case.assign",
                "case.prepare",
                "committee",
                "council",
                "chair",
                "case.deliver",
                "case.refuse",
                "client",
                "",
                name="stage",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("requested_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("client_kind", sa.String(length=10), nullable=False),
        sa.Column("client_name", sa.String(length=200), nullable=False),
        sa.Column("client_code", portal.kernel.db.EncryptedText(), nullable=True),
        sa.Column("client_code_hash", sa.String(length=64), nullable=True),
        sa.Column("client_address", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("matter_id", sa.Uuid(), nullable=True),
        sa.Column("result_document_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("pspp_version", sa.Integer(), nullable=False),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("closed = (done_on IS NOT NULL)", name=op.f("ck_case_file_case_end_has_date")),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_case_file_access_set_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_case_file_document_id")),
        sa.ForeignKeyConstraint(["responsible_id"], ["person.id"], name=op.f("fk_case_file_responsible_id")),
        sa.ForeignKeyConstraint(["result_document_id"], ["document.id"], name=op.f("fk_case_file_result_document_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_case_file_service_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_file_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("document_id", name=op.f("uq_case_file_document_id")),
        sa.UniqueConstraint("number", name=op.f("uq_case_file_number")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index("case_by_end", ["done_on", "id"], unique=False)
        batch_op.create_index("case_by_request", ["requested_on", "id"], unique=False)
        batch_op.create_index("case_by_term", ["closed", "due_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_access_set_id"), ["access_set_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_client_code_hash"), ["client_code_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_responsible_id"), ["responsible_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_service_id"), ["service_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "council_body_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["council_body.id"], name=op.f("fk_council_body_member_body_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_council_body_member_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_body_member")),
        sa.UniqueConstraint("body_id", "person_id", "since", name="council_body_member_once"),
    )
    with op.batch_alter_table("council_body_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_council_body_member_body_id"), ["body_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_council_body_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "council_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("regular", "extraordinary", "repeat", name="sessionkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("planned_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("invited_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("opened_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("paused_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("closed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("open_to_public", sa.Boolean(), nullable=False),
        sa.Column("closed_ground", sa.Text(), nullable=True),
        sa.Column("urgency", sa.Text(), nullable=True),
        sa.Column("repeat_of_id", sa.Uuid(), nullable=True),
        sa.Column("repeat_no", sa.Integer(), nullable=False),
        sa.Column("extraordinary", sa.Boolean(), nullable=False),
        sa.Column("without_quorum", sa.Boolean(), nullable=False),
        sa.Column("agenda_document_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned", "invited", "open", "paused", "closed", name="sessionstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("chair_id", sa.Uuid(), nullable=True),
        sa.Column("minute_taker_id", sa.Uuid(), nullable=True),
        sa.Column("current_matter_id", sa.Uuid(), nullable=True),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_council_session_access_set_id")),
        sa.ForeignKeyConstraint(["body_id"], ["council_body.id"], name=op.f("fk_council_session_body_id")),
        sa.ForeignKeyConstraint(["chair_id"], ["person.id"], name=op.f("fk_council_session_chair_id")),
        sa.ForeignKeyConstraint(
            ["current_matter_id"], ["matter.id"], name="council_session_current_matter", use_alter=True
        ),
        sa.ForeignKeyConstraint(["minute_taker_id"], ["person.id"], name=op.f("fk_council_session_minute_taker_id")),
        sa.ForeignKeyConstraint(["repeat_of_id"], ["council_session.id"], name=op.f("fk_council_session_repeat_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_session")),
        sa.UniqueConstraint("body_id", "year", "number", name="council_session_number"),
        sa.UniqueConstraint("repeat_of_id", name=op.f("uq_council_session_repeat_of_id")),
    )
    with op.batch_alter_table("council_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_council_session_access_set_id"), ["access_set_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_council_session_body_id"), ["body_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_council_session_planned_at"), ["planned_at"], unique=False)

    op.create_table(
        "council_session_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("standing_items", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["council_body.id"], name=op.f("fk_council_session_template_body_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_session_template")),
        sa.UniqueConstraint("body_id", name=op.f("uq_council_session_template_body_id")),
    )
    op.create_table(
        "delivery_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_file_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_file")),
        sa.UniqueConstraint("delivery_id", "n", name=op.f("uq_delivery_file_delivery_id_n")),
    )
    op.create_table(
        "delivery_recipient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("address", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "retrying",
                "failed",
                "sent",
                "accepted",
                "rejected",
                "delivered",
                "refused",
                "late",
                "cancelled",
                name="deliverystate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("changed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_recipient_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_recipient")),
        sa.UniqueConstraint("delivery_id", "n", name=op.f("uq_delivery_recipient_delivery_id_n")),
    )
    with op.batch_alter_table("delivery_recipient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_recipient_address_hash"), ["address_hash"], unique=False)

    op.create_table(
        "document_annulment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("annulled_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("annulled_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["annulled_by_id"], ["person.id"], name=op.f("fk_document_annulment_annulled_by_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_annulment_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_annulment")),
        sa.UniqueConstraint("document_id", name=op.f("uq_document_annulment_document_id")),
    )
    op.create_table(
        "document_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("parent_file_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("mime", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("original", "container", "copy", name="filerole", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "text_state",
            sa.Enum("waiting", "read", "failed", name="textstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("signatures", sa.JSON(), nullable=True),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_document_file_added_by_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_file_document_id")),
        sa.ForeignKeyConstraint(["parent_file_id"], ["document_file.id"], name=op.f("fk_document_file_parent_file_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_document_file_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_file")),
    )
    with op.batch_alter_table("document_file", schema=None) as batch_op:
        batch_op.create_index("ix_document_file_document", ["document_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_file_parent_file_id"), ["parent_file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_file_sha256"), ["sha256"], unique=False)

    op.create_table(
        "exchange_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.CheckConstraint("(delivery_id IS NULL) <> (message_id IS NULL)", name=op.f("ck_exchange_event_one_owner")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_exchange_event_delivery_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_exchange_event_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_event")),
    )
    with op.batch_alter_table("exchange_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_event_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exchange_event_message_id"), ["message_id"], unique=False)

    op.create_table(
        "signature_signer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "queued", "signed", "refused", name="signerstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("pin", portal.kernel.db.EncryptedText(), nullable=True),
        sa.Column("queued_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("signed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("certificate_subject", sa.Text(), nullable=True),
        sa.Column("certificate_until", sa.Date(), nullable=True),
        sa.Column("prepared_xml", sa.LargeBinary(), nullable=True),
        sa.Column("signature_value", sa.LargeBinary(), nullable=True),
        sa.Column("signature_xml", sa.LargeBinary(), nullable=True),
        sa.Column("refusal_reason", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signature_signer_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["signature_request.id"], name=op.f("fk_signature_signer_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_signer")),
        sa.UniqueConstraint("request_id", "order", name=op.f("uq_signature_signer_request_id_order")),
        sa.UniqueConstraint("request_id", "person_id", name=op.f("uq_signature_signer_request_id_person_id")),
    )
    with op.batch_alter_table("signature_signer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signature_signer_person_id"), ["person_id"], unique=False)

    op.create_table(
        "case_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("committee_id", sa.Uuid(), nullable=True),
        sa.Column("saved_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_draft_case_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_case_draft_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_draft")),
        sa.UniqueConstraint("case_id", name=op.f("uq_case_draft_case_id")),
    )
    op.create_table(
        "case_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("refusal", "question", "forwarding", name="letterkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_case_letter_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_letter_case_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_case_letter_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_letter")),
    )
    with op.batch_alter_table("case_letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_letter_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "REGISTRETS",
                "APSTRADE",
                "PAPILDINF",
                "APTURETS",
                "SNIEGTS",
                "ATTEIKTS",
                "ATSAUKTS",
                "PARSUTITS",
                name="status",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_case_step_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_step_case_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_case_step_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    with op.batch_alter_table("case_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_step_case_id"), ["case_id"], unique=False)

    op.create_table(
        "council_absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_council_absence_member_id")),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_council_absence_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_absence")),
        sa.UniqueConstraint("session_id", "member_id", name="council_absence_once"),
    )
    op.create_table(
        "council_attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("arrived_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("left_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_council_attendance_member_id")),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_council_attendance_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_attendance")),
    )
    with op.batch_alter_table("council_attendance", schema=None) as batch_op:
        batch_op.create_index(
            "council_attendance_one_stay",
            ["session_id", "member_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_council_attendance_session_id"), ["session_id"], unique=False)

    op.create_table(
        "council_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("seen_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_council_invitation_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_council_invitation_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_invitation")),
        sa.UniqueConstraint("session_id", "person_id", name="council_invitation_once"),
    )
    with op.batch_alter_table("council_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_council_invitation_person_id"), ["person_id"], unique=False)

    op.create_table(
        "matter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("draft_text", sa.Text(), nullable=False),
        sa.Column(
            "act_kind",
            sa.Enum(
                "individual",
                "external_regulation",
                "political",
                "own_office",
                name="actkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "subject",
            sa.Enum(
                "general",
                "budget",
                "statute",
                "planning",
                "council_chair",
                "committee_members",
                "executive_director",
                "institution_head",
                "mandate",
                "agenda_order",
                "agenda_change",
                name="subject",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "rule",
            sa.Enum(
                "present_majority",
                "present_two_thirds",
                "all_deputies_majority",
                name="rule",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("urgency", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_number", sa.String(length=60), nullable=True),
        sa.Column("origin_matter_id", sa.Uuid(), nullable=True),
        sa.Column("rapporteur_id", sa.Uuid(), nullable=True),
        sa.Column("rapporteur_text", sa.String(length=200), nullable=True),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("pool", "placed", "open", "decided", name="matterstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "supported",
                "not_supported",
                "adopted",
                "rejected",
                "noted",
                "postponed",
                name="outcome",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("opened_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("decided_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("closed_ground", sa.Text(), nullable=True),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_matter_access_set_id")),
        sa.ForeignKeyConstraint(["body_id"], ["council_body.id"], name=op.f("fk_matter_body_id")),
        sa.ForeignKeyConstraint(["origin_matter_id"], ["matter.id"], name=op.f("fk_matter_origin_matter_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_matter_proposed_by_id")),
        sa.ForeignKeyConstraint(["rapporteur_id"], ["person.id"], name=op.f("fk_matter_rapporteur_id")),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_matter_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("origin_matter_id", name=op.f("uq_matter_origin_matter_id")),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_access_set_id"), ["access_set_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_body_id"), ["body_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_session_id"), ["session_id"], unique=False)
        batch_op.create_index("matter_place", ["session_id", "n"], unique=False)

    op.create_table(
        "minutes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "final", "signing", "signed", name="paperstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("sign_by_on", sa.Date(), nullable=False),
        sa.Column("signed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("publish_by_on", sa.Date(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("signature_request_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_minutes_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint("session_id", name=op.f("uq_minutes_session_id")),
    )
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minutes_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_minutes_signature_request_id"), ["signature_request_id"], unique=False)

    op.create_table(
        "pspp_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "REGISTRETS",
                "APSTRADE",
                "PAPILDINF",
                "APTURETS",
                "SNIEGTS",
                "ATTEIKTS",
                "ATSAUKTS",
                "PARSUTITS",
                name="status",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("status_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "sent", "refused", name="sendingstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_pspp_event_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pspp_event")),
        sa.UniqueConstraint("case_id", "n", name="pspp_event_order"),
    )
    with op.batch_alter_table("pspp_event", schema=None) as batch_op:
        batch_op.create_index("pspp_event_state", ["state", "case_id"], unique=False)

    op.create_table(
        "ballot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("closed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("cancelled_reason", sa.Text(), nullable=True),
        sa.Column("present_count", sa.Integer(), nullable=False),
        sa.Column("quorum_needed", sa.Integer(), nullable=False),
        sa.Column(
            "rule",
            sa.Enum(
                "present_majority",
                "present_two_thirds",
                "all_deputies_majority",
                name="rule",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("par", sa.Integer(), nullable=True),
        sa.Column("pret", sa.Integer(), nullable=True),
        sa.Column("atturas", sa.Integer(), nullable=True),
        sa.Column("not_voted", sa.Integer(), nullable=True),
        sa.Column("needed", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column(
            "chair_choice",
            sa.Enum("par", "pret", "atturas", name="choice", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("adopted", sa.Boolean(), nullable=True),
        sa.Column("law", sa.String(length=300), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_ballot_matter_id")),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_ballot_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot")),
        sa.UniqueConstraint("matter_id", "round", name="ballot_round"),
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.create_index(
            "ballot_one_open",
            ["session_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_ballot_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ballot_session_id"), ["session_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("find_text", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("adopted_on", sa.Date(), nullable=False),
        sa.Column("sign_by_on", sa.Date(), nullable=False),
        sa.Column("signed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("publish_by_on", sa.Date(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("signature_request_id", sa.Uuid(), nullable=True),
        sa.Column("extract_document_id", sa.Uuid(), nullable=True),
        sa.Column("extract_request_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("draft", "final", "signing", "signed", name="paperstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_decision_matter_id")),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_decision_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("matter_id", name=op.f("uq_decision_matter_id")),
        sa.UniqueConstraint("year", "seq", name="decision_number"),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_signature_request_id"), ["signature_request_id"], unique=False)

    op.create_table(
        "matter_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("mime", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_matter_file_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_file")),
    )
    with op.batch_alter_table("matter_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_file_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "matter_recusal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("declared_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_matter_recusal_matter_id")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_matter_recusal_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_recusal")),
    )
    with op.batch_alter_table("matter_recusal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_recusal_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(
            "matter_recusal_once",
            ["matter_id", "member_id"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "matter_remark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("proposal", "order", "motive", "opinion", name="remarkkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_matter_remark_matter_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_matter_remark_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_remark")),
    )
    with op.batch_alter_table("matter_remark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_remark_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "matter_speaker",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("office", sa.String(length=160), nullable=True),
        sa.Column("spoke_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_matter_speaker_matter_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_matter_speaker_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_speaker")),
    )
    with op.batch_alter_table("matter_speaker", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_speaker_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "vote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ballot_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "choice", sa.Enum("par", "pret", "atturas", name="choice", native_enum=False, length=40), nullable=False
        ),
        sa.Column("cast_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("entry_reason", sa.String(length=300), nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.CheckConstraint("choice IN ('par', 'pret', 'atturas')", name=op.f("ck_vote_vote_choice")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_vote_ballot_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_vote_entered_by_id")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_vote_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
        sa.UniqueConstraint("ballot_id", "member_id", name="vote_once"),
    )
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vote_ballot_id"), ["ballot_id"], unique=False)

    # a vote is never changed or removed: the database refuses it
    if op.get_bind().dialect.name == "postgresql":  # tables that point to each other; SQLite cannot add a key later
        op.create_foreign_key(op.f("fk_unit_head_id"), "unit", "person", ["head_id"], ["id"])
        op.create_foreign_key(
            "council_session_current_matter", "council_session", "matter", ["current_matter_id"], ["id"]
        )
    for statement in _VOTE_REFUSALS.get(op.get_bind().dialect.name, ()):
        op.execute(statement)


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("council_session_current_matter", "council_session", type_="foreignkey")
        op.drop_constraint(op.f("fk_unit_head_id"), "unit", type_="foreignkey")
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vote_ballot_id"))

    op.drop_table("vote")
    with op.batch_alter_table("matter_speaker", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_speaker_matter_id"))

    op.drop_table("matter_speaker")
    with op.batch_alter_table("matter_remark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_remark_matter_id"))

    op.drop_table("matter_remark")
    with op.batch_alter_table("matter_recusal", schema=None) as batch_op:
        batch_op.drop_index(
            "matter_recusal_once",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_matter_recusal_matter_id"))

    op.drop_table("matter_recusal")
    with op.batch_alter_table("matter_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_file_matter_id"))

    op.drop_table("matter_file")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_signature_request_id"))
        batch_op.drop_index(batch_op.f("ix_decision_session_id"))
        batch_op.drop_index(batch_op.f("ix_decision_document_id"))

    op.drop_table("decision")
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ballot_session_id"))
        batch_op.drop_index(batch_op.f("ix_ballot_matter_id"))
        batch_op.drop_index(
            "ballot_one_open", sqlite_where=sa.text("closed_at IS NULL"), postgresql_where=sa.text("closed_at IS NULL")
        )

    op.drop_table("ballot")
    with op.batch_alter_table("pspp_event", schema=None) as batch_op:
        batch_op.drop_index("pspp_event_state")

    op.drop_table("pspp_event")
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minutes_signature_request_id"))
        batch_op.drop_index(batch_op.f("ix_minutes_document_id"))

    op.drop_table("minutes")
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_index("matter_place")
        batch_op.drop_index(batch_op.f("ix_matter_session_id"))
        batch_op.drop_index(batch_op.f("ix_matter_case_id"))
        batch_op.drop_index(batch_op.f("ix_matter_body_id"))
        batch_op.drop_index(batch_op.f("ix_matter_access_set_id"))

    op.drop_table("matter")
    with op.batch_alter_table("council_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_council_invitation_person_id"))

    op.drop_table("council_invitation")
    with op.batch_alter_table("council_attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_council_attendance_session_id"))
        batch_op.drop_index(
            "council_attendance_one_stay",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.drop_table("council_attendance")
    op.drop_table("council_absence")
    with op.batch_alter_table("case_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_step_case_id"))

    op.drop_table("case_step")
    with op.batch_alter_table("case_letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_letter_case_id"))

    op.drop_table("case_letter")
    op.drop_table("case_draft")
    with op.batch_alter_table("signature_signer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_signer_person_id"))

    op.drop_table("signature_signer")
    with op.batch_alter_table("exchange_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exchange_event_message_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_event_delivery_id"))

    op.drop_table("exchange_event")
    with op.batch_alter_table("document_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_file_sha256"))
        batch_op.drop_index(batch_op.f("ix_document_file_parent_file_id"))
        batch_op.drop_index("ix_document_file_document")

    op.drop_table("document_file")
    op.drop_table("document_annulment")
    with op.batch_alter_table("delivery_recipient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_recipient_address_hash"))

    op.drop_table("delivery_recipient")
    op.drop_table("delivery_file")
    op.drop_table("council_session_template")
    with op.batch_alter_table("council_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_council_session_planned_at"))
        batch_op.drop_index(batch_op.f("ix_council_session_body_id"))
        batch_op.drop_index(batch_op.f("ix_council_session_access_set_id"))

    op.drop_table("council_session")
    with op.batch_alter_table("council_body_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_council_body_member_person_id"))
        batch_op.drop_index(batch_op.f("ix_council_body_member_body_id"))

    op.drop_table("council_body_member")
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_file_unit_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_service_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_responsible_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_delivery_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_client_code_hash"))
        batch_op.drop_index(batch_op.f("ix_case_file_access_set_id"))
        batch_op.drop_index("case_by_term")
        batch_op.drop_index("case_by_request")
        batch_op.drop_index("case_by_end")

    op.drop_table("case_file")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("task_of_unit")
        batch_op.drop_index("task_of_role")
        batch_op.drop_index("task_of_person")
        batch_op.drop_index("task_claimed")
        batch_op.drop_index("task_about")
        batch_op.drop_index(batch_op.f("ix_task_run_id"))

    op.drop_table("task")
    with op.batch_alter_table("signature_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_request_access_set_id"))
        batch_op.drop_index("ix_signature_request_about")

    op.drop_table("signature_request")
    with op.batch_alter_table("signature_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_report_sha256"))
        batch_op.drop_index(batch_op.f("ix_signature_report_requested_by_id"))

    op.drop_table("signature_report")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_session_person_id"))

    op.drop_table("sign_in_session")
    with op.batch_alter_table("role_assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_assignment_role_key"))
        batch_op.drop_index(batch_op.f("ix_role_assignment_person_id"))

    op.drop_table("role_assignment")
    op.drop_table("register_tally")
    op.drop_table("register_counter")
    op.drop_table("message_file")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index("ix_document_title")
        batch_op.drop_index("ix_document_responsible")
        batch_op.drop_index("ix_document_registered")
        batch_op.drop_index("ix_document_register_registered")
        batch_op.drop_index("ix_document_number_order")
        batch_op.drop_index(batch_op.f("ix_document_number"))
        batch_op.drop_index("ix_document_due")
        batch_op.drop_index("ix_document_case")
        batch_op.drop_index(batch_op.f("ix_document_answers_id"))
        batch_op.drop_index("ix_document_access_registered")

    op.drop_table("document")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_state")
        batch_op.drop_index(batch_op.f("ix_delivery_external_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_document_id"))
        batch_op.drop_index("ix_delivery_desk")
        batch_op.drop_index(batch_op.f("ix_delivery_case_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_access_set_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("council_body", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_council_body_access_set_id"))

    op.drop_table("council_body")
    op.drop_table("case_counter")
    op.drop_table("blob")
    op.drop_table("actor_key")
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.drop_index(
            "service_one_general", sqlite_where=sa.text("is_general"), postgresql_where=sa.text("is_general")
        )
        batch_op.drop_index(batch_op.f("ix_service_unit_id"))

    op.drop_table("service")
    with op.batch_alter_table("search_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_search_entry_pending", sqlite_where=sa.text("pending = 1"), postgresql_where=sa.text("pending")
        )
        batch_op.drop_index(batch_op.f("ix_search_entry_access_set_id"))

    op.drop_table("search_entry")
    op.drop_table("role_permission")
    op.drop_table("register")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_unit_id"))

    op.drop_table("person")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_state")
        batch_op.drop_index(batch_op.f("ix_message_sender_hash"))
        batch_op.drop_index("ix_message_desk")
        batch_op.drop_index(batch_op.f("ix_message_access_set_id"))

    op.drop_table("message")
    with op.batch_alter_table("flow_run", schema=None) as batch_op:
        batch_op.drop_index(
            "flow_run_one_open", sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL")
        )
        batch_op.drop_index("flow_run_about")

    op.drop_table("flow_run")
    with op.batch_alter_table("access_set_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_set_key_name"))

    op.drop_table("access_set_key")
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_parent_id"))

    op.drop_table("unit")
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_failure_subject"))
        batch_op.drop_index(batch_op.f("ix_sign_in_failure_at"))

    op.drop_table("sign_in_failure")
    op.drop_table("role")
    op.drop_table("periodic_run")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_due")

    op.drop_table("outbox")
    with op.batch_alter_table("live_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_live_event_created_at"))

    op.drop_table("live_event")
    op.drop_table("flow_definition")
    op.drop_table("exchange_notice")
    op.drop_table("clock_offset")
    op.drop_table("channel_state")
    op.drop_table("audit_verification")
    op.drop_table("audit_tile")
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_record_person")
        batch_op.drop_index("ix_audit_record_object")
        batch_op.drop_index("ix_audit_record_at")
        batch_op.drop_index("ix_audit_record_action")

    op.drop_table("audit_record")
    with op.batch_alter_table("audit_checkpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_checkpoint_witnessed_at"))

    op.drop_table("audit_checkpoint")
    op.drop_table("address_check")
    op.drop_table("access_set")
