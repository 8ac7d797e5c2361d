"""Meetings of labs: a series of events, who was there, what was agreed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("optional OR condition = ''", name=op.f("ck_meeting_condition")),
        sa.CheckConstraint("others >= 0", name=op.f("ck_meeting_others")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_meeting_lab_id_lab"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_meeting_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("event_id", name=op.f("uq_meeting_event_id")),
        sa.UniqueConstraint("lab_id", "number", name=op.f("uq_meeting_lab_id_number")),
    )
    op.create_table(
        "attendance",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_attendance_meeting_id_meeting"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["lab_member.id"], name=op.f("fk_attendance_member_id_lab_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("meeting_id", "member_id", name=op.f("pk_attendance")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=True),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.CheckConstraint("(field = '') = (profile_id IS NULL)", name=op.f("ck_agreement_field")),
        sa.CheckConstraint("(version IS NULL) = (profile_id IS NULL)", name=op.f("ck_agreement_version")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_agreement_meeting_id_meeting"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["profile_id"], ["profile.id"], name=op.f("fk_agreement_profile_id_profile")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("meeting_id", "text", name=op.f("uq_agreement_meeting_id_text")),
    )
    op.create_index(op.f("ix_agreement_profile_id"), "agreement", ["profile_id"])


def downgrade():
    for table in ("agreement", "attendance", "meeting"):
        op.drop_table(table)
