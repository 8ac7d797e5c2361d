"""Pictures of ideas, labs and events."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ILLUSTRATED = ("idea", "lab", "event")
GUARD = "picture_visibility_needs_decision"
CONDITION = (
    "NEW.visibility <> OLD.visibility AND (NEW.visibility_decision_id IS NULL OR "
    "NEW.visibility_decision_id {same} OLD.visibility_decision_id)"
)
FAULT = "picture.visibility changes only with a decision"


def upgrade():
    op.create_table("album", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_album")))
    op.create_table(
        "picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("visibility_decision_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("visibility IN ('shown', 'hidden')", name=op.f("ck_picture_visibility")),
        sa.CheckConstraint(
            "visibility = 'shown' OR visibility_decision_id IS NOT NULL", name=op.f("ck_picture_visibility_decision")
        ),
        sa.CheckConstraint("shown IN ('nobody', 'consented')", name=op.f("ck_picture_shown")),
        sa.CheckConstraint("length(trim(alt)) > 0", name=op.f("ck_picture_alt")),
        sa.CheckConstraint("length(trim(consent)) > 0", name=op.f("ck_picture_consent")),
        sa.ForeignKeyConstraint(["album_id"], ["album.id"], name=op.f("fk_picture_album_id_album")),
        sa.ForeignKeyConstraint(["added_by_id"], ["account.id"], name=op.f("fk_picture_added_by_id_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["visibility_decision_id"], ["decision.id"], name=op.f("fk_picture_visibility_decision_id_decision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("album_id", "form_key", name=op.f("uq_picture_album_id_form_key")),
    )
    op.create_index(op.f("ix_picture_added_by_id"), "picture", ["added_by_id"])
    op.create_table(
        "picture_decision",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_picture_decision_decision_id_decision")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["picture.id"], name=op.f("fk_picture_decision_picture_id_picture"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_picture_decision")),
    )
    op.create_index(op.f("ix_picture_decision_picture_id"), "picture_decision", ["picture_id"])
    for table in ILLUSTRATED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN album_id INTEGER CONSTRAINT fk_{table}_album_id_album REFERENCES album (id)")
        op.create_index(f"ix_{table}_album_id", table, ["album_id"], unique=True)
    add_guard()


def downgrade():
    drop_guard()
    for table in ILLUSTRATED:
        op.drop_index(f"ix_{table}_album_id", table)
        op.execute(f"ALTER TABLE {table} DROP COLUMN album_id")
    for table in ("picture_decision", "picture", "album"):
        op.drop_table(table)


def add_guard():
    if op.get_bind().dialect.name == "sqlite":
        condition = CONDITION.format(same="IS")
        op.execute(
            f"CREATE TRIGGER {GUARD} BEFORE UPDATE OF visibility ON picture WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{FAULT}'); END"
        )
        return
    condition = CONDITION.format(same="IS NOT DISTINCT FROM")
    op.execute(
        f"CREATE FUNCTION {GUARD}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION '{FAULT}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {GUARD} BEFORE UPDATE OF visibility ON picture FOR EACH ROW EXECUTE FUNCTION {GUARD}()")


def drop_guard():
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {GUARD}")
        return
    op.execute(f"DROP TRIGGER {GUARD} ON picture")
    op.execute(f"DROP FUNCTION {GUARD}()")
