"""Institutions say what they are and offer; other names and mergings; applications; bodies; an institution writes an item once."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SECTORS = "('business', 'associations', 'science', 'education', 'administration', 'politics', 'civil_society', 'culture')"
PRECISIONS = "('day', 'month', 'year')"
COLUMNS = (
    ("sector", f"VARCHAR CONSTRAINT ck_institution_sector CHECK (sector IS NULL OR sector IN {SECTORS})"),
    ("about", "TEXT NOT NULL DEFAULT ''"),
    ("offer", "TEXT NOT NULL DEFAULT ''"),
    ("lang", "VARCHAR NOT NULL DEFAULT 'de'"),
    ("website", "VARCHAR NOT NULL DEFAULT ''"),
    ("contact_office", "VARCHAR NOT NULL DEFAULT ''"),
    ("contact_email", "VARCHAR NOT NULL DEFAULT ''"),
    ("contact_phone", "VARCHAR NOT NULL DEFAULT ''"),
    ("since_on", "DATE"),
    ("since_to", f"VARCHAR NOT NULL DEFAULT 'day' CONSTRAINT ck_institution_since_to CHECK (since_to IN {PRECISIONS})"),
    ("found_by", "TEXT NOT NULL DEFAULT ''"),
    (
        "merged_into_id",
        "INTEGER CONSTRAINT fk_institution_merged_into_id_institution REFERENCES institution (id)",
    ),
)
MERGED = "(merged_into_id IS NULL) = (merged_at IS NULL)"
WRITTEN = ("challenge", "idea")


def upgrade():
    # Names are unique in a table of their own from now on; SQLite copies the table for that, so it comes first.
    with op.batch_alter_table("institution") as batch_op:
        batch_op.drop_constraint(op.f("uq_institution_name"), type_="unique")
    for column, definition in COLUMNS:
        op.execute(f"ALTER TABLE institution ADD COLUMN {column} {definition}")
    kind = "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "DATETIME"
    op.execute(f"ALTER TABLE institution ADD COLUMN merged_at {kind} CONSTRAINT ck_institution_merged CHECK ({MERGED})")
    op.create_index("ix_institution_merged_into_id", "institution", ["merged_into_id"])
    create_tables()
    for noun in WRITTEN:
        twice = f"EXISTS (SELECT 1 FROM {noun}_author o WHERE o.{noun}_id = {noun}_author.{noun}_id AND o.institution_id = {noun}_author.institution_id"
        op.execute(f"DELETE FROM {noun}_author WHERE NOT leads AND {twice} AND (o.leads OR o.id < {noun}_author.id))")
        op.create_index(f"uq_{noun}_author_institution", f"{noun}_author", [f"{noun}_id", "institution_id"], unique=True)
        op.create_index(f"ix_{noun}_author_institution_id", f"{noun}_author", ["institution_id"])
    fill()


def downgrade():
    for noun in WRITTEN:
        op.drop_index(f"ix_{noun}_author_institution_id", f"{noun}_author")
        op.drop_index(f"uq_{noun}_author_institution", f"{noun}_author")
    for table in ("body_seat", "body", "institution_application", "institution_name"):
        op.drop_table(table)
    op.drop_index("ix_institution_merged_into_id", "institution")
    # The old schema has no place for an institution that leads on to another.
    op.execute("DELETE FROM institution WHERE merged_into_id IS NOT NULL")
    op.execute(
        "UPDATE institution SET name = name || ' (' || id || ')' "
        "WHERE EXISTS (SELECT 1 FROM institution o WHERE o.name = institution.name AND o.id < institution.id)"
    )
    op.execute("ALTER TABLE institution DROP COLUMN merged_at")
    for column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE institution DROP COLUMN {column}")
    with op.batch_alter_table("institution") as batch_op:
        batch_op.create_unique_constraint(op.f("uq_institution_name"), ["name"])


def key_of(name):
    """As `accounts.rules.name_key` has it on the day of this step."""
    text = unicodedata.normalize("NFKC", name)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc", "Cs", "Co", "Cn"})
    return unicodedata.normalize("NFKC", " ".join(text.split()).casefold())


def folded(name):
    text = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    return "".join(c for c in text if not unicodedata.combining(c))


def fill():
    """Each institution is known by its name; of two that differ only in case the older one keeps it."""
    connection, schema = op.get_bind(), sa.MetaData()
    schema.reflect(connection, only=["institution", "institution_name"])
    institution, known = schema.tables["institution"], schema.tables["institution_name"]
    taken = set()
    for id_, name in connection.execute(sa.select(institution.c.id, institution.c.name).order_by(institution.c.id)).all():
        key = key_of(name)
        if key and key not in taken:
            taken.add(key)
            connection.execute(sa.insert(known).values(key=key, name=name, institution_id=id_))
        connection.execute(sa.update(institution).where(institution.c.id == id_).values(found_by=folded(name)))


def create_tables():
    op.create_table(
        "institution_name",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_institution_name_institution_id_institution"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_institution_name")),
    )
    op.create_index("ix_institution_name_institution_id", "institution_name", ["institution_id"])
    op.create_table(
        "institution_application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("contact_office", sa.String(), nullable=False),
        sa.Column("contact_email", sa.String(), nullable=False),
        sa.Column("contact_phone", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_institution_application_status")
        ),
        sa.CheckConstraint(f"sector IS NULL OR sector IN {SECTORS}", name=op.f("ck_institution_application_sector")),
        sa.CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name=op.f("ck_institution_application_decided")),
        sa.CheckConstraint(
            "(status = 'accepted') = (institution_id IS NOT NULL)", name=op.f("ck_institution_application_accepted")
        ),
        sa.CheckConstraint("status <> 'declined' OR length(trim(reason)) > 0", name=op.f("ck_institution_application_reason")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_institution_application_account_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_institution_application_decided_by_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_institution_application_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_application")),
    )
    op.create_index("ix_institution_application_account_id", "institution_application", ["account_id"])
    op.create_index("ix_institution_application_institution_id", "institution_application", ["institution_id"])
    op.create_index("ix_institution_application_status", "institution_application", ["status", "id"])
    op.create_table(
        "body",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body")),
        sa.UniqueConstraint("name", name=op.f("uq_body_name")),
    )
    op.create_table(
        "body_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("from_to", sa.String(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("until_to", sa.String(), nullable=False),
        sa.CheckConstraint(f"from_to IN {PRECISIONS}", name=op.f("ck_body_seat_from_to")),
        sa.CheckConstraint(f"until_to IN {PRECISIONS}", name=op.f("ck_body_seat_until_to")),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_seat_body_id_body"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_body_seat_institution_id_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_seat")),
        sa.UniqueConstraint("body_id", "institution_id", "office", name=op.f("uq_body_seat_body_id_institution_id_office")),
    )
    op.create_index("ix_body_seat_institution_id", "body_seat", ["institution_id"])
