from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.core.clock import next_midnight, now, today
from ideation.core.compare import compare
from ideation.core.htmx import respond
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.groups.models import LabGroup
from ideation.groups.policy import Standing, can_take_part
from ideation.groups.queries import accounts_in, group_or_404, standing
from ideation.labs.models import Lab
from ideation.labs.queries import lab_or_404
from ideation.pictures.queries import pictures_of
from ideation.profiles import actions, policy, queries, rules
from ideation.profiles.forms import ProfileForm
from ideation.profiles.queries import Sheet
from ideation.profiles.rules import Content
from ideation.questions.queries import open_counts, questions_of

pages = Blueprint("profiles", __name__)


@pages.app_template_global()
def group_cards(lab: Lab) -> tuple[list[Sheet], dict[int, int]]:
    """The groups of a lab, and how many questions each profile leaves open."""
    sheets = queries.sheets_of(lab)
    return sheets, open_counts(sheet.profile.id for sheet in sheets if sheet.profile)


@dataclass(frozen=True, slots=True)
class Signing:
    """Who stands behind the version of the sheet: how many of how many, everybody, oneself."""

    members: int
    signed: int
    whole: bool
    mine: bool


def _signing(sheet: Sheet) -> Signing | None:
    if sheet.profile is None or sheet.version is None:
        return None
    members, signed = accounts_in(sheet.group), queries.signed_by(sheet.profile)
    account = viewer()
    return Signing(
        len(members), len(members & signed), rules.signed_off(members, signed), account is not None and account.id in signed
    )


def _found(slug: str, number: int) -> tuple[Standing, Sheet]:
    who = standing(viewer(), lab_or_404(slug))
    return who, queries.sheet_or_404(who, number)


def _own(slug: str, number: int) -> tuple[Standing, LabGroup]:
    """A group whose profile this person may write."""
    lab = lab_or_404(slug)
    who, group = standing(person(), lab), group_or_404(lab, number)
    require(policy.can_write(who, group))
    return who, group


def _home(group: LabGroup, message: Message) -> ResponseReturnValue:
    return respond(url_for("profiles.show", slug=group.lab.slug, number=group.number), message=message)


@pages.get("/labs/<slug:slug>/profiles/<int:number>")
def show(slug: str, number: int) -> ResponseReturnValue:
    until(next_midnight(now()))
    return _sheet(*_found(slug, number))


def _sheet(who: Standing, sheet: Sheet, fault: Message | None = None, status: int = 200) -> ResponseReturnValue:
    group, profile = sheet.group, sheet.profile
    return render_template(
        "profiles/show.html", lab=who.lab, sheet=sheet, sections=rules.SECTIONS, questions=questions_of(profile),
        today=today(now()), synergies=queries.synergies_of(profile), signing=_signing(sheet), fault=fault,
        inside=bool(can_take_part(who)), may_write=policy.can_write(who, group), may_sign=policy.can_sign(who, group, profile),
        may_publish=not sheet.is_public and bool(policy.can_publish(who, group, profile)), pictures=pictures_of(profile),
    ), status  # fmt: skip


@pages.get("/labs/<slug:slug>/profiles/<int:number>/edit")
@signed_in
def edit(slug: str, number: int) -> ResponseReturnValue:
    who, group = _own(slug, number)
    sheet = queries.sheet_or_404(who, number)
    begun = sheet.content or Content(title=group.title, lang=who.lab.lang)
    return _form(ProfileForm(begun, sheet.version.number if sheet.version else 0), sheet)


def _form(form: ProfileForm, sheet: Sheet, dispute: actions.Disputed | None = None, status: int = 200) -> ResponseReturnValue:
    theirs = dispute.theirs if dispute else Content()
    mine = dispute.merged.content if dispute else Content()
    steps: dict[str, Any] = {
        name: compare(rules.in_lines(theirs.value(name)), rules.in_lines(mine.value(name)))
        for name in (dispute.merged.disputed if dispute else ())
    }
    taken = rules.labels(dispute.merged.taken) if dispute else []
    return render_template(
        "profiles/edit.html", lab=sheet.group.lab, sheet=sheet, form=form, sections=rules.SECTIONS, steps=steps, taken=taken,
        choices_of=rules.choices_of, proposed=rules.proposed, words=rules.word_count(form.summary.data or ""),
    ), status  # fmt: skip


@pages.post("/labs/<slug:slug>/profiles/<int:number>")
@signed_in
def update(slug: str, number: int) -> ResponseReturnValue:
    who, group = _own(slug, number)
    form, sheet = ProfileForm(Content(), 0), queries.sheet_or_404(who, number)
    if not form.validate():
        return _again(form, sheet)
    try:
        merged = actions.save_profile(person(), group, form.content, seen=form.opened_at, choices=form.choices, now=now())
    except actions.Disputed as dispute:
        form.take(dispute)
        form.show(dispute.merged.content, dispute.version, dispute.merged.disputed)
        return _form(form, sheet, dispute, 422)
    except Invalid as invalid:
        form.take(invalid)
        return _again(form, sheet)
    return _home(group, _saved(merged))


def _again(form: ProfileForm, sheet: Sheet) -> ResponseReturnValue:
    theirs = queries.content_of(sheet.profile, form.opened_at) if sheet.profile and form.choices else None
    if theirs is not None:
        form.decide(theirs)
    return _form(form, sheet, status=422)


def _saved(merged: rules.Merged) -> Message:
    if not merged.taken:
        return say("Der Projektsteckbrief ist gespeichert.")
    names = ", ".join(map(str, rules.labels(merged.taken)))
    return say("Gespeichert. Was andere inzwischen geändert haben, ist dabei: %(fields)s.", fields=names)


@pages.post("/labs/<slug:slug>/profiles/<int:number>/publication")
@signed_in
def publish(slug: str, number: int) -> ResponseReturnValue:
    _, group = _own(slug, number)
    actions.publish_profile(person(), group, now=now())
    return _home(group, say("Der Projektsteckbrief ist veröffentlicht. Jede weitere Fassung ist sofort öffentlich."))


@pages.post("/labs/<slug:slug>/profiles/<int:number>/sign-off")
@signed_in
def sign(slug: str, number: int) -> ResponseReturnValue:
    """The wanted state, never a toggle; for the version that was read."""
    who, sheet = _found(slug, number)
    match request.form.get("choice"):
        case "sign":
            try:
                actions.sign_off(person(), sheet.group, request.form.get("version", 0, type=int), now=now())
            except Invalid as invalid:
                return _sheet(who, sheet, invalid.faults["version"], 422)
            return _home(sheet.group, say("Sie stehen hinter dieser Fassung."))
        case "withdraw":
            actions.withdraw_sign_off(person(), sheet.group, now=now())
            return _home(sheet.group, say("Ihre Zustimmung zu dieser Fassung ist zurückgenommen."))
    raise NotFound


@pages.get("/labs/<slug:slug>/profiles/<int:number>/versions")
def versions(slug: str, number: int) -> ResponseReturnValue:
    who, sheet = _found(slug, number)
    if sheet.profile is None or sheet.version is None:
        raise NotFound
    found = queries.versions_of(sheet.profile, page_number(request.args.get("page")), drafts=bool(can_take_part(who)))
    steps = [(new, _changes(old.content, new.content)) for new, old in zip(found.items, found.items[1:], strict=False)]
    first = found.items[-1] if found.items and found.number == found.pages else None
    return render_template(
        "profiles/versions.html", lab=who.lab, sheet=sheet, found=found, steps=steps, first=first, sections=rules.SECTIONS
    )


def _changes(old: Content, new: Content) -> list[tuple[Message, Any]]:
    names = (name for name in rules.changed(old, new) if name != "lang")
    return [
        (rules.BY_NAME[name].label, compare(rules.in_lines(old.value(name)), rules.in_lines(new.value(name)))) for name in names
    ]


@pages.get("/labs/<slug:slug>/profiles/<int:number>/synergies")
@signed_in
def synergies(slug: str, number: int) -> ResponseReturnValue:
    who, _ = _own(slug, number)
    sheet = queries.sheet_or_404(who, number)
    linked, others = queries.synergies_of(sheet.profile), queries.linkable(sheet.profile)
    return render_template("profiles/synergies.html", lab=who.lab, sheet=sheet, linked=linked, others=others)


@pages.post("/labs/<slug:slug>/profiles/<int:number>/synergies")
@signed_in
def link(slug: str, number: int) -> ResponseReturnValue:
    _, group = _own(slug, number)
    other = request.form.get("profile", 0, type=int)
    match request.form.get("choice"):
        case "link":
            actions.link_synergy(person(), group, queries.public_profile_or_404(other), now=now())
            done = say("Die Synergie steht jetzt auf beiden Projektsteckbriefen.")
        case "unlink":
            actions.unlink_synergy(person(), group, other % 2**31, now=now())
            done = say("Die Synergie steht nicht mehr auf den Projektsteckbriefen.")
        case _:
            raise NotFound
    return respond(url_for("profiles.synergies", slug=slug, number=number), message=done)
