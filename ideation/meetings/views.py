"""The meetings of a lab, for those who belong to it. Everybody else reads of them on the lab's page and on the event's."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from ideation.accounts.guard import person, signed_in
from ideation.core.clock import local, now
from ideation.core.htmx import respond
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, require
from ideation.events.forms import CallOffForm
from ideation.events.policy import can_cancel
from ideation.groups.policy import Standing, can_arrange, can_take_part
from ideation.groups.queries import group_or_404, groups_of, standing
from ideation.labs.models import Lab
from ideation.labs.queries import lab_or_404
from ideation.meetings import actions
from ideation.meetings.forms import AttendanceForm, CarryForm, MeetingForm, WriteUpForm
from ideation.meetings.models import Agreement, Meeting
from ideation.meetings.policy import can_note, can_plan
from ideation.meetings.queries import agreement_or_404, agreements_of, meeting_or_404, meetings_of, present, present_counts, series
from ideation.meetings.rules import next_number, next_start
from ideation.members.queries import members_of
from ideation.profiles.rules import BY_NAME

pages = Blueprint("meetings", __name__)
HERE = "/labs/<slug:slug>/meetings"
ONE = f"{HERE}/<int:number>"


def _inside(slug: str) -> Standing:
    who = standing(person(), lab_or_404(slug))
    require(can_take_part(who))
    return who


def _leading(slug: str) -> Standing:
    who = standing(person(), lab_or_404(slug))
    require(can_plan(who))
    return who


def _shown(who: Standing) -> dict[str, Any]:
    """What the links between the working pages need."""
    return {"lab": who.lab, "own": who.member, "leads": bool(can_arrange(who))}


def _title(lab: Lab, number: int) -> str:
    """In the language of the lab, whoever plans it."""
    with force_locale(lab.lang):
        return str(say("%(lab)s: %(n)s. Treffen", lab=lab.title, n=number))


def _done(slug: str, number: int, message: Message) -> ResponseReturnValue:
    return respond(url_for("meetings.show", slug=slug, number=number), message=message)


@pages.get(HERE)
@signed_in
def index(slug: str) -> ResponseReturnValue:
    who = _inside(slug)
    meetings, there = meetings_of(who.lab), present_counts(who.lab)
    return render_template("meetings/index.html", meetings=meetings, there=there, moment=now(), **_shown(who))


def _proposed(lab: Lab) -> dict[str, Any]:
    """Where and how long as last time, four weeks later."""
    last = next((meeting.event for meeting in reversed(meetings_of(lab)) if not meeting.event.is_cancelled), None)
    starts = next_start(local(last.starts_at) if last else None, local(now()))
    if last is None:
        return {"starts_at": starts, "lang": lab.lang}
    lasts = last.ends_at - last.starts_at if last.ends_at else None
    place = {name: getattr(last, name) for name in ("place", "street", "postal_code", "city", "access", "online_url", "lang")}
    return {**place, "starts_at": starts, "ends_at": starts + lasts if lasts else None}


def _number(lab: Lab) -> int:
    return next_number(series(lab))


@pages.get(f"{HERE}/new")
@signed_in
def new(slug: str) -> ResponseReturnValue:
    who = _leading(slug)
    return render_template("meetings/new.html", form=MeetingForm(data=_proposed(who.lab)), number=_number(who.lab), **_shown(who))


@pages.post(HERE)
@signed_in
def create(slug: str) -> ResponseReturnValue:
    who, form = _leading(slug), MeetingForm()
    # Never past the next one: the title would name another number than the meeting gets.
    asked, following = request.form.get("number", 0, type=int), _number(who.lab)
    number = min(asked, following) if asked >= 1 else following
    try:
        if form.validate():
            more = {"optional": form.optional.data, "condition": form.condition.data or "", "number": number}
            meeting = actions.plan_meeting(person(), who.lab, form.plan_for(_title(who.lab, number)), **more, now=now())
            return _done(slug, meeting.number, say("Das Treffen ist geplant."))
    except Invalid as error:
        form.take(error)
    return render_template("meetings/new.html", form=form, number=number, **_shown(who)), 422


@pages.get(ONE)
@signed_in
def show(slug: str, number: int) -> ResponseReturnValue:
    who = _inside(slug)
    return _show(who, meeting_or_404(who.lab, number))


def _show(who: Standing, meeting: Meeting, fault: Message | None = None, status: int = 200) -> ResponseReturnValue:
    here = present(meeting)
    people = [member for member in members_of(who.lab.id) if member.id in here] if here else []
    groups = groups_of(who.lab)
    return render_template(
        "meetings/show.html", meeting=meeting, event=meeting.event, people=people, total=len(here) + meeting.others, fault=fault,
        agreements=agreements_of(meeting), groups=groups, carry=CarryForm(groups, formdata=None), names=BY_NAME,
        may_note=can_note(who, meeting), may_cancel=can_plan(who) and can_cancel(meeting.event, now=now()), **_shown(who),
    ), status  # fmt: skip


@pages.get(f"{ONE}/edit")
@signed_in
def edit(slug: str, number: int) -> ResponseReturnValue:
    who = _leading(slug)
    meeting = meeting_or_404(who.lab, number)
    return render_template("meetings/edit.html", meeting=meeting, form=MeetingForm(data=MeetingForm.of(meeting)), **_shown(who))


@pages.post(ONE)
@signed_in
def update(slug: str, number: int) -> ResponseReturnValue:
    who, form = _leading(slug), MeetingForm()
    meeting = meeting_or_404(who.lab, number)
    try:
        if form.validate():
            more = {"optional": form.optional.data, "condition": form.condition.data or ""}
            actions.update_meeting(person(), meeting, form.plan_for(meeting.event.title, meeting.event), **more, now=now())
            return _done(slug, number, say("Die Änderungen sind gespeichert."))
    except Invalid as error:
        form.take(error)
    return render_template("meetings/edit.html", meeting=meeting, form=form, **_shown(who)), 422


@pages.get(f"{ONE}/cancellation")
@signed_in
def cancellation(slug: str, number: int) -> ResponseReturnValue:
    who = _leading(slug)
    meeting = meeting_or_404(who.lab, number)
    require(can_cancel(meeting.event, now=now()))
    return render_template("meetings/cancellation.html", meeting=meeting, form=CallOffForm(), **_shown(who))


@pages.post(f"{ONE}/cancellation")
@signed_in
def cancel(slug: str, number: int) -> ResponseReturnValue:
    who, form = _leading(slug), CallOffForm()
    meeting = meeting_or_404(who.lab, number)
    if not form.validate():
        return render_template("meetings/cancellation.html", meeting=meeting, form=form, **_shown(who)), 422
    actions.cancel_meeting(person(), meeting, form.reason.data or "", now=now())
    return _done(slug, number, say("Das Treffen ist abgesagt."))


@pages.get(f"{ONE}/attendance")
@signed_in
def attendance(slug: str, number: int) -> ResponseReturnValue:
    who = _leading(slug)
    meeting = meeting_or_404(who.lab, number)
    require(can_note(who, meeting))
    form = AttendanceForm(members_of(who.lab.id), data={"members": sorted(present(meeting)), "others": meeting.others})
    return render_template("meetings/attendance.html", meeting=meeting, form=form, **_shown(who))


@pages.post(f"{ONE}/attendance")
@signed_in
def note(slug: str, number: int) -> ResponseReturnValue:
    who = _leading(slug)
    meeting, form = meeting_or_404(who.lab, number), AttendanceForm(members_of(who.lab.id))
    try:
        if form.validate():
            actions.note_attendance(person(), meeting, form.members.data or (), form.others.data or 0, now=now())
            return _done(slug, number, say("Wer da war, ist notiert."))
    except Invalid as error:
        form.take(error)
    return render_template("meetings/attendance.html", meeting=meeting, form=form, **_shown(who)), 422


@pages.get(f"{ONE}/minutes")
@signed_in
def minutes(slug: str, number: int) -> ResponseReturnValue:
    who = _leading(slug)
    meeting = meeting_or_404(who.lab, number)
    require(can_note(who, meeting))
    return render_template(
        "meetings/minutes.html", meeting=meeting, form=WriteUpForm.of(meeting, list(agreements_of(meeting))), **_shown(who)
    )


@pages.post(f"{ONE}/minutes")
@signed_in
def write(slug: str, number: int) -> ResponseReturnValue:
    who, form = _leading(slug), WriteUpForm()
    meeting, publish = meeting_or_404(who.lab, number), request.form.get("intent") == "publish"
    try:
        if form.validate():
            actions.write_up(person(), meeting, form.minutes.data or "", form.agreed(), publish=publish, now=now())
            done = (
                say("Das Protokoll ist veröffentlicht.")
                if publish
                else say("Gespeichert. Lesen können es nur die Mitglieder des Projektlabors.")
            )
            return _done(slug, number, done)
    except Invalid as error:
        form.take(error)
    return render_template("meetings/minutes.html", meeting=meeting, form=form, **_shown(who)), 422


@pages.post(f"{ONE}/agreements/<int:id>/profile")
@signed_in
def carry(slug: str, number: int, id: int) -> ResponseReturnValue:
    """Writes an agreement into a profile: fields `group` (its number) and `field`."""
    who = _inside(slug)
    meeting = meeting_or_404(who.lab, number)
    agreement: Agreement = agreement_or_404(meeting, id)
    form = CarryForm(groups_of(who.lab))
    if not form.validate():
        return _show(who, meeting, say("Bitte wählen Sie eine Gruppe und ein Feld."), 422)
    try:
        group = group_or_404(who.lab, form.group.data)
        actions.carry_agreement(person(), meeting, agreement, group, form.field.data, now=now())
    except Invalid as error:
        return _show(who, meeting, next(iter(error.faults.values())), 422)
    return _done(slug, number, say("Die Vereinbarung steht jetzt im Projektsteckbrief."))
