from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import selectinload

from ideation.challenges.models import Challenge
from ideation.core.clock import local
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.verdict import NotFound
from ideation.documentation.models import KeptDocumentation
from ideation.documentation.rules import Image, Meeting, Participant, Question, Sheet
from ideation.documentation.rules import Lab as Told
from ideation.groups.queries import members_by_group
from ideation.ideas.models import Idea
from ideation.labs.models import Lab, LabOrigin
from ideation.labs.policy import shown_name
from ideation.labs.queries import sources
from ideation.meetings.models import Meeting as LabMeeting
from ideation.meetings.queries import meetings_of
from ideation.members.queries import crew_of
from ideation.pictures.models import Picture
from ideation.profiles.queries import sheets_of, signed_by_profile, synergies_by_profile
from ideation.profiles.rules import Content, signed_off
from ideation.questions.models import OpenQuestion
from ideation.questions.queries import questions_by_profile
from ideation.rounds.models import Round


def labs_of_round(round_: Round) -> list[Lab]:
    """The labs that came from this round, in the order in which they were made."""
    here = select(LabOrigin.lab_id).outerjoin(LabOrigin.idea).outerjoin(LabOrigin.challenge)
    here = here.where(or_(Idea.round_id == round_.id, Challenge.round_id == round_.id))
    idea = selectinload(Lab.origins).joinedload(LabOrigin.idea)
    challenge = selectinload(Lab.origins).joinedload(LabOrigin.challenge)
    query = (
        select(Lab)
        .where(Lab.id.in_(here))
        .order_by(Lab.id)
        .options(idea.joinedload(Idea.round), challenge.joinedload(Challenge.round))
    )
    query = query.options(selectinload(Lab.questions), selectinload(Lab.hosts), selectinload(Lab.facilitators))
    return list(db.session.scalars(query))


def told(lab: Lab, address: str, *, named: bool = True) -> Told:
    """What everybody may read of a lab, in plain values. People only with their consent; without `named` nobody:
    a consent can be withdrawn, an edition that is kept cannot."""
    leads = {institution.name for institution in lab.facilitators}
    participants = tuple(
        Participant(
            group.institution, group.count, group.names if named else (), say("Moderation") if group.institution in leads else ""
        )
        for group in crew_of(lab).groups
    )
    return Told(
        title=lab.title, lang=lab.lang, address=address, long_title=lab.long_title, problem=lab.problem, aim=lab.aim, promise=lab.promise,
        audience=tuple(lab.audience.splitlines()), products=tuple(lab.products.splitlines()), format=lab.format, website=lab.website,
        closing=lab.closing, period=lab.period_text, questions=tuple(question.text for question in lab.questions),
        origins=tuple(source.title for source in sources(lab) if source.title), hosts=tuple(host.name for host in lab.hosts),
        facilitators=tuple(institution.name for institution in lab.facilitators), participants=participants,
        meetings=tuple(_meeting(meeting) for meeting in meetings_of(lab)), sheets=_sheets(lab, named),
        images=_images([lab.album_id], "labs", {lab.album_id: lab.slug}).get(lab.album_id, ()),
    )  # fmt: skip


def _meeting(meeting: LabMeeting) -> Meeting:
    event = meeting.event
    return Meeting(
        number=meeting.number,
        begins=local(event.starts_at),
        ends=local(event.ends_at) if event.ends_at else None,
        place=event.where,
        optional=meeting.optional,
        condition=meeting.condition,
        cancelled=event.is_cancelled,
    )


def _sheets(lab: Lab, named: bool) -> tuple[Sheet, ...]:
    """The public profiles; a handful of statements, however many they are."""
    public = {s.profile.id: s for s in sheets_of(lab) if s.is_public and s.profile is not None and s.content is not None}
    members = members_by_group(sheet.group.id for sheet in public.values())
    signed, questions, synergies = signed_by_profile(public), questions_by_profile(public), synergies_by_profile(public)
    albums = {sheet.profile.album_id: id for id, sheet in public.items() if sheet.profile is not None}
    images = _images(albums, "profiles", albums)
    return tuple(
        Sheet(
            number=sheet.group.number,
            content=sheet.content or Content(),
            signed_off=signed_off((m.account_id for m in members.get(sheet.group.id, ()) if m.account_id is not None), signed[id]),
            questions=tuple(_question(question, named) for question in questions.get(id, ())),
            synergies=tuple(synergies[id]),
            images=images.get(sheet.profile.album_id, ()) if sheet.profile else (),
        )
        for id, sheet in public.items()
    )


def _question(question: OpenQuestion, named: bool) -> Question:
    owner: Any = ""
    if question.owner_institution is not None:
        owner = question.owner_institution.name
    elif question.owner_member is not None:
        name = shown_name(question.owner_member, inside=False) if named else None
        owner = name or say("Mitglied des Projektlabors")
    return Question(question.text, owner, question.due_on, question.answer if question.decided_at else "")


def _images(albums: Iterable[int | None], noun: str, keys: Mapping[int | None, str | int]) -> dict[int | None, tuple[Image, ...]]:
    """Album to what stands in it."""
    wanted = [album for album in albums if album is not None]
    if not wanted:
        return {}
    columns = (Picture.album_id, Picture.alt, Picture.caption, Picture.credit, Picture.small, Picture.id)
    query = select(*columns).where(Picture.album_id.in_(wanted), Picture.visibility == "shown").order_by(Picture.id)
    found: dict[int | None, tuple[Image, ...]] = {}
    for album, *words, data, id in db.session.execute(query):
        found[album] = (*found.get(album, ()), Image(*words, data, noun, keys[album], id))
    return found


def _subject(subject: Lab | Round) -> Any:
    if isinstance(subject, Round):
        return KeptDocumentation.round_id == subject.id
    return KeptDocumentation.lab_id == subject.id


def kept(subject: Lab | Round) -> Sequence[Row[Any]]:
    """Number, day, language and hash, the newest first."""
    columns = (KeptDocumentation.number, KeptDocumentation.kept_at, KeptDocumentation.lang, KeptDocumentation.sha256)
    return db.session.execute(select(*columns).where(_subject(subject)).order_by(KeptDocumentation.number.desc()).limit(100)).all()


def kept_or_404(subject: Lab | Round, number: int) -> bytes:
    found = db.session.scalar(select(KeptDocumentation.pdf).where(_subject(subject), KeptDocumentation.number == number % 2**31))
    if found is None:
        raise NotFound
    return found
