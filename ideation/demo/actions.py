"""The demo: past rounds are written down from the sources, the other two are played from the past to the present.

Everything goes through the actions that people use; only the clock is handed in."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import cycle
from typing import Any

from sqlalchemy import update

from ideation.accounts.actions import create_account
from ideation.accounts.models import Account
from ideation.ballots.actions import close_ballot, create_ballot, open_due
from ideation.ballots.rules import BallotSettings
from ideation.challenges import actions as challenges
from ideation.challenges.models import Challenge, ChallengeAuthor
from ideation.challenges.queries import challenge_or_404
from ideation.challenges.rules import Wording
from ideation.comments.actions import add_comment
from ideation.core.clock import end_of, start_of, today, utc
from ideation.core.db import db
from ideation.core.mail import Outbox
from ideation.core.text import single_line
from ideation.demo.queries import (
    KINDS,
    Data,
    about,
    known_event,
    known_institutions,
    known_windows,
    meeting,
    period,
    profile,
    synergies,
    told,
)
from ideation.groups.actions import import_group
from ideation.ideas import actions as ideas
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from ideation.ideas.rules import Content, Origin
from ideation.institutions.actions import add_institution, update_institution
from ideation.institutions.rules import Kind
from ideation.labs.actions import create_lab, import_lab, move_lab
from ideation.labs.models import Lab
from ideation.labs.rules import LabText, Status
from ideation.meetings.actions import import_meeting
from ideation.members.actions import import_places, join_lab, set_targets
from ideation.profiles.actions import import_profile, import_synergy
from ideation.profiles.models import Profile
from ideation.questions.actions import import_question
from ideation.rounds.actions import add_moderator, create_round, import_round, import_round_event, publish_round, set_windows
from ideation.rounds.models import Round
from ideation.rounds.rules import Activity, Span
from ideation.selections.actions import certify
from ideation.tags.actions import add_tag, load_presets
from ideation.tags.queries import frame_or_404, frames_with_tags
from ideation.tags.rules import FREE
from ideation.votes.actions import cast_vote

People = dict[str, Account]
SOURCE = "dortmund"
LIVE_DAYS = 60
# No password fits: nobody signs in with the invented accounts.
NO_PASSWORD = "!"  # noqa: S105


def load_demo(hashed: str, *, now: datetime) -> None:
    """Into an empty site. `hashed`: the password of the accounts one can sign in with."""
    begin = utc(datetime.combine(today(now) - timedelta(days=72), time(9)))
    load_presets(now=begin)
    people = _people(hashed, now=begin)
    _write_down(people["Moderation 1"], now=begin)
    _play_example(people, now=now)
    _play_live(people, now=now)
    # Whom the demo tells exists on paper only: no mail leaves.
    db.session.execute(update(Outbox).where(Outbox.sent_at.is_(None)).values(sent_at=Outbox.created_at))


def _people(hashed: str, *, now: datetime) -> People:
    file = told("konten")
    made = [create_account(a["adresse"], a["name"], hashed, role=a["rolle"], opinion=True, now=now) for a in file["konten"]]
    for number, name in enumerate(file["pseudonyme"], 1):
        made.append(create_account(f"beispiel{number:02}@example.org", name, NO_PASSWORD, opinion=True, now=now))
    db.session.flush()
    return {account.display_name: account for account in made}


# What is known of the past.


def _write_down(actor: Account, *, now: datetime) -> None:
    for text in known_institutions():
        update_institution(actor, add_institution(actor, text.name, Kind(text.kind)), text, now=now)
    rounds: dict[str, Round] = {}
    for row in told("dortmund/runden")["runden"]:
        rounds[row["id"]] = _import_round(actor, row, rounds.get(row.get("vorgaenger")), now=now)
        if plan := known_event(row):
            import_round_event(actor, rounds[row["id"]], plan, now=now)
    for row in told("dortmund/herausforderungen")["herausforderungen"]:
        before: Challenge | None = None
        for slug in row["runden"]:
            before = _import_challenge(actor, row, rounds[slug], before, now=now)
    _import_labs(actor, _import_ideas(actor, rounds["todo-2024"], now=now), now=now)


def _import_round(actor: Account, row: Data, previous: Round | None, *, now: datetime) -> Round:
    hosts = [add_institution(actor, name, KINDS.get(name, Kind.PARTNER)) for name in row["veranstalter"]]
    ongoing = bool(row.get("laufend"))
    day = date.fromisoformat(row["beginn"]) if row["beginn"] else date(row["jahr"], 1, 1)
    # A pool is open on this site from the day it stands here; when it really began is not known to the day.
    windows = [Span(activity, now) for activity in (Activity.IDEA, Activity.COMMENT)] if ongoing else known_windows(row)
    return import_round(
        actor, slug=row["id"], title=row["titel"], preset="pool" if ongoing else "collection", summary=row["kurz"], about=about(row),
        period_text=period(row), windows=windows, hosts=hosts, previous=previous, published_at=start_of(day), free_ideas=True, now=now,
    )  # fmt: skip


def _import_challenge(actor: Account, row: Data, round_: Round, before: Challenge | None, *, now: datetime) -> Challenge:
    wording = Wording(row["frage"], f"Kurz gesagt: {row['titel']}.")
    authors = [ChallengeAuthor(institution_id=host.id, leads=place == 0) for place, host in enumerate(round_.hosts)]
    if round_.slug == "updatedeutschland-2021":
        authors = [ChallengeAuthor(institution_id=add_institution(actor, "Stadt Dortmund", Kind.CITY).id, leads=True)]
    return challenges.import_challenge(
        actor, round_, wording, source=SOURCE, source_id=f"{row['id']}/{round_.slug}", authors=authors, carried_from=before, now=now
    )  # fmt: skip


def _import_ideas(actor: Account, round_: Round, *, now: datetime) -> dict[str, Idea]:
    """By lab where one came of it, else by its own name."""
    file, made, words = told("dortmund/ideen"), {}, _Words(actor)
    for row in [*file["ideen"], *file["ausgewaehlt_fuer_projektlabore"]]:
        slugs = tuple(words.slug(word, now=now) for word in row.get("schlagworte", ()))
        origin = Origin(SOURCE, row["id"], date(2024, 1, 1), "year")
        content = Content(single_line(row["titel"]), row.get("kurz", ""), "de", slugs)
        idea = ideas.import_idea(actor, round_, content, origin, authors=["aus der Veranstaltung"], now=now)
        made[row.get("projektlabor", row["id"])] = idea
    return made


class _Words:
    """Free keywords, each made once."""

    def __init__(self, actor: Account) -> None:
        self.actor = actor
        self.frame = frame_or_404(next(frame.id for frame in frames_with_tags() if frame.slug == FREE))
        self.slugs: dict[str, str] = {}

    def slug(self, word: str, *, now: datetime) -> str:
        if word not in self.slugs:
            self.slugs[word] = add_tag(self.actor, self.frame, word, word, now=now).slug
        return self.slugs[word]


def _import_labs(actor: Account, origins: dict[str, Idea], *, now: datetime) -> None:
    file, shared = told("dortmund/projektlabore"), told("dortmund/projektlabore")["gemeinsam"]
    crews = {row["id"]: row["institutionen"] for row in told("dortmund/institutionen")["projektlabore"]}
    for row in file["projektlabore"]:
        text = LabText(
            title=row["titel"],
            long_title=row["langtitel"],
            problem="\n".join(f"- {line}" for line in row["ausgangslage"]),
            aim=row["ziel"],
            audience=tuple(row["zielgruppen"]),
            questions=tuple(row["leitfragen"]),
            format=shared["format"],
            products=tuple(shared["moegliche_produkte"]),
            hosts=tuple(shared["traeger"]),
            facilitators=(shared["moderation"],),
            website=shared["webseite"],
            period_text="2025",
        )
        origin = idea_or_404(actor, origins[row["id"]].id)
        lab = import_lab(actor, text, slug=row["id"], status=Status.DOCUMENTED, ideas=[origin], now=now)
        for each in crews[row["id"]]:
            import_places(actor, lab, add_institution(actor, each["name"]), each["teilnehmende"])
        _import_profiles(actor, lab, row["gruppen"], now=now)
        for each in row["treffen"]:
            import_meeting(actor, lab, meeting(row["titel"], each, shared["ort"]), each["nr"], optional=each["optional"], now=now)


def _import_profiles(actor: Account, lab: Lab, names: Sequence[str], *, now: datetime) -> None:
    rows = {row["id"]: row for row in told("dortmund/steckbriefe")["steckbriefe"] if row["id"] in names}
    made: dict[str, Profile] = {}
    for name, row in rows.items():
        group = import_group(actor, lab, row["gruppe"], row["titel"], now=now)
        made[name] = import_profile(actor, group, profile(row), now=now)
        for text in row["offene_fragen"]:
            import_question(actor, made[name], text, now=now)
    for name, row in rows.items():
        for other in synergies(row, rows):
            import_synergy(actor, made[name], made[other], now=now)


# Two rounds that are played.


def _play_example(people: People, *, now: datetime) -> None:
    file, moderator = told("beispiel"), people["Moderation 1"]
    begin, ideas_end, votes_begin, votes_end = (_clock(now, *at) for at in ((-70, 9), (-35, 0), (-34, 9), (-21, 18)))
    windows = {
        Activity.CHALLENGE: (begin, _clock(now, -50, 0)),
        Activity.IDEA: (begin, ideas_end),
        Activity.COMMENT: (begin, votes_end),
    }
    round_ = _begin(people, file, "beispiel", "helpathon", windows, example=True, now=begin)
    settings = BallotSettings(votes_each=3, closed_list=True, hides_results=True, seats=3)
    ballot = create_ballot(moderator, round_, settings, votes_begin, votes_end, now=begin)
    names = _pseudonyms()
    made = _speak(people, file, round_, names, begin, ideas_end, votes_end)
    open_due(votes_begin)
    _vote(people, file, made, names[: file["stimmende"]], votes_begin, votes_end)
    close_ballot(ballot, now=votes_end + timedelta(minutes=1))
    certify(moderator, ballot, now=_clock(now, -20, 10))
    lab = file["labor"]
    text = LabText(
        lab["titel"], lab["ausgangslage"], lab["ziel"], tuple(lab["leitfragen"]), promise=lab["zusage"], format=lab["format"], seats=lab["plaetze"],
    )  # fmt: skip
    winners = [idea_or_404(moderator, idea.id) for idea in made[: ballot.seats]]
    taken = create_lab(moderator, text, winners, slug=lab["slug"], now=_clock(now, -19, 11))
    move_lab(moderator, taken, Status.INVITING, now=_clock(now, -12, 9))
    set_targets(moderator, taken, lab["gesucht"], now=_clock(now, -12, 10))
    for each in lab["mitarbeit"]:
        person, agreed = people[each["konto"]], bool(each.get("einwilligung"))
        join_lab(person, taken, person.display_name, None, listed=agreed, now=_clock(now, -each["vor_tagen"], 18))


def _play_live(people: People, *, now: datetime) -> None:
    file, begin, end = told("live"), _clock(now, -9, 9), end_of(today(now) + timedelta(days=LIVE_DAYS))
    windows = dict.fromkeys((Activity.CHALLENGE, Activity.IDEA, Activity.COMMENT), (begin, end))
    round_ = _begin(people, file, "live", "helpathon", windows, free_ideas=True, now=begin)
    settings = BallotSettings(votes_each=3, closed_list=False, hides_results=False, seats=3)
    create_ballot(people["Moderation 1"], round_, settings, begin, end, now=begin)
    open_due(begin)
    names = _pseudonyms()
    made = _speak(people, file, round_, names, begin, now, now)
    waiting, actor = file["wartend"], people["Teilnahme 1"]
    later = now - timedelta(hours=3)
    draft = challenges.save_draft(actor, round_, Wording(waiting["frage"], waiting["hintergrund"]), now=later)
    challenges.submit_challenge(actor, challenge_or_404(actor, draft.id), now=later)
    _vote(people, file, made, names[:28], begin, now)


def _clock(now: datetime, days: int, hour: int) -> datetime:
    """So many days from the present one, at this hour of the wall clock."""
    return utc(datetime.combine(today(now) + timedelta(days=days), time(hour)))


def _pseudonyms() -> list[str]:
    return list(told("konten")["pseudonyme"])


def _begin(
    people: People,
    file: Data,
    slug: str,
    preset: str,
    windows: Mapping[Any, tuple[datetime, datetime]],
    *,
    now: datetime,
    **settings: Any,
) -> Round:
    moderator = people["Moderation 1"]
    round_ = create_round(
        moderator, preset, file["titel"], slug=slug, summary=file["kurz"], about=file["text"], checks_ideas=False, now=now, **settings
    )  # fmt: skip
    set_windows(moderator, round_, windows, now=now)
    add_moderator(moderator, round_, people["Moderation 2"].email, now=now)
    publish_round(moderator, round_, now=now)
    return round_


def _between(begin: datetime, end: datetime, number: int) -> Iterator[datetime]:
    """So many moments, evenly spread inside."""
    return (begin + (end - begin) * step / (number + 1) for step in range(1, number + 1))


def _speak(
    people: People, file: Data, round_: Round, names: list[str], begin: datetime, until: datetime, said_until: datetime
) -> list[Idea]:
    """Questions, ideas and comments, in the order in which they are told."""
    writers, talkers = cycle(names[2:] + names[:2]), cycle(names[::-1])
    asked: dict[str, Challenge] = {}
    for number, row in enumerate(file["herausforderungen"]):
        actor, moment = people[next(writers)], begin + timedelta(hours=1 + number)
        wording = Wording(row["frage"], row["hintergrund"], tuple(row.get("unterfragen", ())), tuple(row["tags"]))
        draft = challenges.save_draft(actor, round_, wording, now=moment)
        challenges.submit_challenge(actor, challenge_or_404(actor, draft.id), now=moment)
        moderator = people["Moderation 1"]
        challenges.publish_challenge(moderator, challenge_or_404(moderator, draft.id), now=moment + timedelta(minutes=20))
        asked[row["id"]] = challenge_or_404(actor, draft.id)
        _discuss(people, asked[row["id"]], actor, row, talkers, moment + timedelta(hours=5), said_until)
    made = []
    for row, moment in zip(
        file["ideen"], _between(begin + timedelta(hours=8), until - timedelta(hours=6), len(file["ideen"])), strict=True
    ):
        actor = _named(people, row["von"]) if "von" in row else people[next(writers)]
        content = Content(row["titel"], row["text"], "de", tuple(row["tags"]))
        draft_idea = ideas.save_draft(actor, round_, asked[row["herausforderung"]], content, now=moment - timedelta(minutes=9))
        ideas.submit_idea(actor, idea_or_404(actor, draft_idea.id), now=moment)
        made.append(idea_or_404(actor, draft_idea.id))
        _discuss(people, made[-1], actor, row, talkers, moment, said_until)
    return made


def _named(people: People, name: str) -> Account:
    return people.get(name) or people["Teilnahme " + name.removeprefix("teilnahme")]


def _discuss(
    people: People, subject: Idea | Challenge, author: Account, row: Data, talkers: Iterator[str], begin: datetime, end: datetime
) -> None:
    rows = list(_flat(row.get("kommentare", ()), None))
    said: dict[int, int] = {}
    for (place, parent, each), moment in zip(rows, _between(begin, end, len(rows)), strict=True):
        actor = author if each.get("von") == "autor" else next(p for n in talkers if (p := people[n]) is not author)
        said[place] = add_comment(actor, subject, each["text"], said.get(parent or 0), now=moment).id


def _flat(rows: Sequence[Data], parent: int | None, number: Iterator[int] | None = None) -> Iterator[tuple[int, int | None, Data]]:
    """Comments with their place and the place of what they answer."""
    number = number or iter(range(1, 1000))
    for row in rows:
        place = next(number)
        yield place, parent, row
        yield from _flat(row.get("antworten", ()), place, number)


def _vote(people: People, file: Data, made: Sequence[Idea], voters: Sequence[str], begin: datetime, end: datetime) -> None:
    """As many votes for each idea as the file says, over the time in which it could have them."""
    turns, plan = cycle(voters), []
    for row, idea in zip(file["ideen"], made, strict=True):
        for moment in _between(max(begin, idea.published_at or begin), end, row["stimmen"]):
            plan.append((moment, idea.id, next(turns)))
    for moment, idea_id, voter in sorted(plan):
        cast_vote(people[voter], idea_id, 1, now=moment)
