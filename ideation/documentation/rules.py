"""What the documentation of labs says, chapter by chapter. The page and the printed document both show this and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ideation.core.sentence import Message, Stretch, say, say_n
from ideation.profiles.rules import SECTIONS, Content, Kind, is_filled

Words = Message | str


# What is known of a lab, in plain values.


@dataclass(frozen=True, slots=True)
class Meeting:
    """In local time. One that is not sure to take place (`optional`) says on what that depends."""

    number: int
    begins: datetime
    ends: datetime | None
    place: str = ""
    optional: bool = False
    condition: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Participant:
    """An institution with how many people of it take part and those who agreed to be named. Without a name: people of none."""

    institution: str
    people: int
    names: tuple[str, ...] = ()
    role: Words = ""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    owner: Words = ""
    due: date | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """`data`: a JPEG, for print; `noun`, `key` and `id`: where the page finds it."""

    alt: str
    caption: str
    credit: str
    data: bytes
    noun: str = ""
    key: str | int = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """The profile of a group; `synergies`: titles of the profiles it is linked with."""

    number: int
    content: Content
    signed_off: bool = False
    questions: tuple[Question, ...] = ()
    synergies: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Lab:
    title: str
    lang: str
    address: str
    long_title: str = ""
    problem: str = ""
    aim: str = ""
    promise: str = ""
    audience: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    format: str = ""
    website: str = ""
    closing: str = ""
    period: str = ""
    questions: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    facilitators: tuple[str, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    participants: tuple[Participant, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    images: tuple[Image, ...] = ()

    @property
    def people(self) -> int:
        return sum(each.people for each in self.participants)


# What is said of it.


@dataclass(frozen=True, slots=True)
class Heading:
    text: Words
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of ours; with `lang` one of people."""

    text: Words
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown that people wrote."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[Words, ...]
    lang: str = ""
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`align`: left or right for each column; `lang`: of what people wrote in it."""

    head: tuple[Message, ...]
    align: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Gallery:
    images: tuple[Image, ...]


Block = Heading | Line | Prose | Items | Table | Gallery


@dataclass(frozen=True, slots=True)
class Chapter:
    """Begins on a page of its own. `parts` below it stand in the contents, too."""

    title: Words
    blocks: tuple[Block, ...] = ()
    parts: tuple["Chapter", ...] = ()
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    title: Words
    subtitle: Words
    cover: tuple[tuple[Message, Words], ...]
    chapters: tuple[Chapter, ...] = field(default=())


def text(labs: Sequence[Lab], *, owner: str, contact: str) -> Text:
    """`owner`: who runs this site; `contact`: the address for questions. `labs` in the order in which they are told."""
    hosts = list(dict.fromkeys(host for lab in labs for host in lab.hosts))
    facilitators = list(dict.fromkeys(name for lab in labs for name in lab.facilitators))
    cover: list[tuple[Message, Words]] = []
    if hosts:
        cover.append((say("Getragen von"), ", ".join(hosts)))
    if facilitators:
        cover.append((say("Laborbegleitung"), ", ".join(facilitators)))
    if days := sorted(meeting.begins for lab in labs for meeting in lab.meetings if not meeting.cancelled):
        cover.append((say("Treffen"), say("%(first)s bis %(last)s", first=days[0].date(), last=days[-1].date())))
    elif periods := list(dict.fromkeys(lab.period for lab in labs if lab.period)):
        cover.append((say("Zeitraum"), ", ".join(periods)))
    chapters = [
        _participants(labs),
        *(_lab(lab) for lab in labs),
        _invitations(labs),
        _pictures(labs),
        _imprint(labs, owner, contact),
    ]
    return Text(
        title=say("Dokumentation"),
        subtitle=say_n("Projektlabor %(names)s", "Projektlabore %(names)s", len(labs), names=_joined(lab.title for lab in labs)),
        cover=tuple(cover),
        chapters=tuple(chapter for chapter in chapters if chapter is not None),
    )


def _joined(names: Iterable[str]) -> Words:
    *first, last = [f"„{name}“" for name in names]
    return say("%(first)s und %(last)s", first=", ".join(first), last=last) if first else last


def _participants(labs: Sequence[Lab]) -> Chapter | None:
    parts = []
    for lab in labs:
        if not lab.participants:
            continue
        named = any(each.names for each in lab.participants)
        institutions = sum(bool(each.institution) for each in lab.participants)
        count = say_n("%(num)s Person", "%(num)s Personen", lab.people)
        from_ = say_n("%(num)s Institution", "%(num)s Institutionen", institutions)
        head = (say("Institution"), say("Personen"), *((say("Namen"),) if named else ()))
        rows = tuple(
            (
                _with_role(each),
                say("%(n)s", n=each.people),
                *((", ".join(each.names),) if named else ()),
            )
            for each in lab.participants
        )
        both = say("%(people)s aus %(institutions)s.", people=count, institutions=from_)
        blocks: list[Block] = [Line(both if institutions else say("%(people)s.", people=count))]
        if named:
            blocks.append(Line(say("Mit Namen steht hier nur, wer dem zugestimmt hat.")))
        blocks.append(Table(head, ("left", "right", *(("left",) if named else ())), rows))
        parts.append(Chapter(lab.title, tuple(blocks), lang=lab.lang))
    return Chapter(say("Wer mitgearbeitet hat"), parts=tuple(parts)) if parts else None


def _with_role(each: Participant) -> Words:
    name: Words = each.institution or say("ohne Institution")
    return say("%(name)s (%(role)s)", name=name, role=each.role) if each.role else name


def _lab(lab: Lab) -> Chapter:
    blocks: list[Block] = [Line(lab.long_title, lab.lang)] if lab.long_title else []
    for title, text in ((say("Warum?"), lab.problem), (say("Das Ziel"), lab.aim)):
        blocks += _prose(title, text, lab.lang)
    blocks += _list(say("Leitfragen"), lab.questions, lab.lang, numbered=True)
    blocks += _list(say("Für wen?"), lab.audience, lab.lang)
    blocks += _prose(say("Wie wird gearbeitet?"), lab.format, lab.lang)
    blocks += _list(say("Was kann dabei herauskommen?"), lab.products, lab.lang)
    blocks += _prose(say("Was geschieht mit dem Ergebnis?"), lab.promise, lab.lang)
    blocks += _list(say("Woraus das Projektlabor entstand"), lab.origins, lab.lang)
    if lab.meetings:
        blocks += [Heading(say("Treffen")), _meetings(lab.meetings)]
    blocks += _prose(say("Was aus den Ergebnissen wird"), lab.closing, lab.lang)
    return Chapter(
        say("Projektlabor %(title)s", title=f"„{lab.title}“"), tuple(blocks), tuple(_sheet(sheet) for sheet in lab.sheets), lab.lang
    )


def _prose(title: Message, text: str, lang: str) -> list[Block]:
    return [Heading(title), Prose(text, lang)] if text else []


def _list(title: Message, items: Sequence[Words], lang: str, *, numbered: bool = False) -> list[Block]:
    return [Heading(title), Items(tuple(items), lang, numbered)] if items else []


def _meetings(meetings: Sequence[Meeting]) -> Table:
    head = (say("Treffen"), say("Wann"), say("Wo"), say("Findet statt"))
    rows = tuple((say("%(n)s", n=m.number), _when(m), m.place, _certain(m)) for m in meetings)
    return Table(head, ("right", "left", "left", "left"), rows)


def _when(meeting: Meeting) -> Message:
    return say("%(when)s", when=Stretch(meeting.begins, meeting.ends) if meeting.ends else meeting.begins)


def _certain(meeting: Meeting) -> Words:
    if meeting.cancelled:
        return say("abgesagt")
    if not meeting.optional:
        return say("fest")
    return say("optional: %(condition)s", condition=meeting.condition) if meeting.condition else say("optional")


def _sheet(sheet: Sheet) -> Chapter:
    content, blocks = sheet.content, list[Block]()
    for section in SECTIONS:
        for each in section.fields:
            value = content.value(each.name)
            if not is_filled(value):
                continue
            blocks.append(Heading(each.label))
            if isinstance(value, tuple):
                blocks.append(Items(value, content.lang))
            elif each.kind is Kind.EUROS:
                blocks.append(Line(say("%(n)s Euro", n=value)))
            elif each.kind is Kind.MONTHS and isinstance(value, int):
                blocks.append(Line(say_n("%(num)s Monat", "%(num)s Monate", value)))
            else:
                blocks.append(Prose(str(value), content.lang))
    blocks += _list(say("Synergien"), sheet.synergies, content.lang)
    if sheet.questions:
        blocks += [Heading(say("Noch zu klären")), _open(sheet.questions, content.lang)]
    if sheet.signed_off:
        blocks.append(Line(say("Die Gruppe steht hinter dieser Fassung.")))
    title = say("Gruppe %(n)s: %(title)s", n=sheet.number, title=content.title)
    return Chapter(title, tuple(blocks), lang=content.lang)


def _open(questions: Sequence[Question], lang: str) -> Block:
    """A plain list as long as nobody has taken anything on, a table from then on."""
    if not any(q.owner or q.due or q.answer for q in questions):
        return Items(tuple(q.text for q in questions), lang)
    rows = tuple((q.text, q.owner, say("%(day)s", day=q.due) if q.due else "", q.answer) for q in questions)
    return Table((say("Frage"), say("Wer"), say("Bis wann"), say("Antwort")), ("left",) * 4, rows, lang)


def _invitations(labs: Sequence[Lab]) -> Chapter:
    """What the invitation to each lab said."""
    parts = []
    for lab in labs:
        blocks: list[Block] = [Line(lab.long_title or lab.title, lab.lang)]
        blocks += _prose(say("Das Ziel"), lab.aim, lab.lang)
        if lab.meetings:
            blocks += [Heading(say("Termine")), Items(tuple(_invited(meeting) for meeting in lab.meetings))]
        if lab.hosts:
            blocks += [Heading(say("Es laden ein")), Items(lab.hosts)]
        where = [lab.website, lab.address] if lab.website else [lab.address]
        blocks += [Heading(say("Mehr dazu")), Items(tuple(where))]
        parts.append(Chapter(lab.title, tuple(blocks), lang=lab.lang))
    return Chapter(say("Einladungen"), parts=tuple(parts))


def _invited(meeting: Meeting) -> Message:
    when = say("%(when)s, %(place)s", when=_when(meeting), place=meeting.place) if meeting.place else _when(meeting)
    return when if not (meeting.optional or meeting.cancelled) else say("%(when)s (%(note)s)", when=when, note=_certain(meeting))


def _pictures(labs: Sequence[Lab]) -> Chapter | None:
    images = tuple(image for lab in labs for image in (*lab.images, *(image for sheet in lab.sheets for image in sheet.images)))
    return Chapter(say("Bilder"), (Gallery(images),)) if images else None


def _imprint(labs: Sequence[Lab], owner: str, contact: str) -> Chapter:
    blocks: list[Block] = []
    hosts = tuple(dict.fromkeys(host for lab in labs for host in lab.hosts))
    facilitators = tuple(dict.fromkeys(name for lab in labs for name in lab.facilitators))
    blocks += _list(say("Getragen von"), hosts, "")
    blocks += _list(say("Laborbegleitung"), facilitators, "")
    blocks += [Heading(say("Plattform")), Line(owner), Line(contact)]
    return Chapter(say("Herausgegeben von"), tuple(blocks))
