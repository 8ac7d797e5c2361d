from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.accounts.rules import name_key
from ideation.activity.actions import record
from ideation.applications.models import Application
from ideation.applications.policy import can_apply, can_decide, can_withdraw
from ideation.applications.queries import same_waiting, waiting_of
from ideation.applications.rules import Status
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require
from ideation.institutions.actions import create_institution, update_institution
from ideation.institutions.models import Institution
from ideation.institutions.queries import institution_called, taken_names
from ideation.institutions.rules import InstitutionText, Since

FIELDS = ("name", "sector", "about", "offer", "lang", "website", "contact_office", "contact_email", "contact_phone")


def apply(actor: Account, text: InstitutionText, *, now: datetime) -> Application:
    """One application for one name, however often it is sent. The account's row is locked: its limit holds."""
    db.session.execute(select(Account.id).where(Account.id == actor.id).with_for_update())
    if (there := same_waiting(actor.id, text.name)) is not None:
        return there
    require(can_apply(actor, waiting=len(waiting_of(actor.id))))
    if not name_key(text.name):
        raise Invalid(name=say("Bitte geben Sie den Namen der Institution ein."))
    made = Application(account_id=actor.id, sent_at=now, **{field: getattr(text, field) for field in FIELDS})
    db.session.add(made)
    db.session.flush()
    record("application.sent", made, actor=actor, now=now)
    return made


def withdraw_application(actor: Account, application: Application, *, now: datetime) -> None:
    _lock(application)
    if application.account_id == actor.id and application.status == Status.WITHDRAWN:
        return
    require(can_withdraw(actor, application))
    application.status, application.decided_at = Status.WITHDRAWN, now
    db.session.flush()
    record("application.withdrawn", application, actor=actor, now=now)


def accept_application(actor: Account, application: Application, existing: str = "", *, now: datetime) -> Institution:
    """A new entry, or the one that is there already (`existing`, by any of its names): it gets what it does not say yet."""
    _lock(application)
    require(can_decide(actor, application))
    text = text_of(application)
    if existing:
        institution = institution_called(existing)
        if institution is None:
            raise Invalid(existing=say("Diese Institution kennen wir nicht. Bitte wählen Sie eine aus der Liste."))
        update_institution(actor, institution, _added(institution, text), now=now)
    else:
        if taken := institution_called(application.name):
            raise Invalid(
                existing=say(
                    "„%(name)s“ steht schon im Verzeichnis. Wählen Sie den Eintrag hier, dann wird er ergänzt.", name=taken.name
                )
            )
        institution = create_institution(actor, text, now=now)
    _decide(actor, application, Status.ACCEPTED, now)
    application.institution_id = institution.id
    db.session.flush()
    record("application.accepted", application, actor=actor, now=now, title=institution.name, institution=institution.id)
    return institution


def decline_application(actor: Account, application: Application, reason: str, *, now: datetime) -> None:
    _lock(application)
    require(can_decide(actor, application))
    if not reason.strip():
        raise Invalid(reason=say("Bitte begründen Sie die Ablehnung. Wer gefragt hat, liest die Begründung."))
    _decide(actor, application, Status.DECLINED, now)
    application.reason = reason.strip()
    db.session.flush()
    record("application.declined", application, actor=actor, now=now, title=application.name, reason=application.reason)


def text_of(application: Application) -> InstitutionText:
    return InstitutionText(**{field: getattr(application, field) for field in FIELDS})


def _lock(application: Application) -> None:
    db.session.execute(select(Application.id).where(Application.id == application.id).with_for_update())
    db.session.refresh(application, ["status"])


def _decide(actor: Account, application: Application, status: Status, now: datetime) -> None:
    application.status, application.decided_at, application.decided_by_id = status, now, actor.id


def _added(institution: Institution, text: InstitutionText) -> InstitutionText:
    """What is there stays. The name that was asked for becomes a further one, unless another institution has it."""
    db.session.refresh(institution, ["names"])
    aliases = institution.aliases
    if name_key(text.name) != name_key(institution.name) and not taken_names([name_key(text.name)], institution.id):
        aliases = [*aliases, text.name]
    own = {
        field: getattr(institution, field) or getattr(text, field) for field in FIELDS if field not in ("lang", "about", "offer")
    }
    if not any((institution.contact_office, institution.contact_email, institution.contact_phone)):
        own |= {field: getattr(text, field) for field in ("contact_office", "contact_email", "contact_phone")}
    else:
        own |= {field: getattr(institution, field) for field in ("contact_office", "contact_email", "contact_phone")}
    says = institution if institution.about or institution.offer else text
    same = {"lang": says.lang, "about": says.about, "offer": says.offer, "kind": institution.kind}
    since = Since(institution.since_on, institution.since_to) if institution.since_on else None
    return replace(InstitutionText(**{**own, **same}), aliases=tuple(aliases), since=since)
