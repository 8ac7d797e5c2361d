import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.core.db import db
from ideation.core.verdict import require
from ideation.documentation.models import KeptDocumentation
from ideation.documentation.policy import can_keep
from ideation.documentation.queries import kept
from ideation.labs.models import Lab, LabMember
from ideation.rounds.models import Round


def keep_documentation(
    actor: Account,
    subject: Lab | Round,
    pdf: bytes,
    *,
    lang: str,
    member: LabMember | None = None,
    rounds: Iterable[Round] = (),
    now: datetime,
) -> int:
    """Stores the document with its hash and gives its number. What is the newest already, byte for byte, is not stored again."""
    require(can_keep(actor, subject, member, rounds))
    noun = type(subject)
    db.session.execute(select(noun.id).where(noun.id == subject.id).with_for_update())
    digest, before = hashlib.sha256(pdf).hexdigest(), kept(subject)
    if before and before[0].sha256 == digest:
        return int(before[0].number)
    number = 1 + (before[0].number if before else 0)
    place = {"round_id": subject.id} if isinstance(subject, Round) else {"lab_id": subject.id}
    db.session.add(KeptDocumentation(**place, number=number, lang=lang, sha256=digest, pdf=pdf, kept_at=now, kept_by_id=actor.id))
    db.session.flush()
    kind = "round" if isinstance(subject, Round) else "lab"
    record(f"{kind}.documentation_kept", subject, actor=actor, now=now, title=subject.title, slug=subject.slug, number=number)
    return number
