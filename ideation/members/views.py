from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.i18n import current_locale
from ideation.core.paging import page_number
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.institutions.queries import all_institutions
from ideation.institutions.rules import SECTOR_NAMES
from ideation.labs.models import Lab, LabInvitation, LabMember
from ideation.labs.queries import lab_or_404, membership
from ideation.labs.rules import Role
from ideation.members import actions
from ideation.members.forms import ChangeForm, InviteForm, JoinForm, MemberForm, OwnForm, PlacesForm, RemovalForm, targets_form
from ideation.members.policy import can_accept, can_invite, can_join, can_remove
from ideation.members.queries import (
    Standing,
    crew_of,
    invitation_or_404,
    member_or_404,
    members_page,
    open_invitations,
    places_of,
    standing,
    taken,
    targets_of,
)
from ideation.members.rules import CONSENT, INVITATION_LASTS, ROLES, free_places

pages = Blueprint("members", __name__)


@pages.app_template_filter("lab_role")
def lab_role(role: str) -> str:
    return str(ROLES[Role(role)])


@pages.app_template_filter("sector_name")
def sector_name(sector: str) -> str:
    return str(SECTOR_NAMES[sector]) if sector in SECTOR_NAMES else sector


def working(slug: str) -> Standing:
    """For those who belong to the lab; others read the sentence."""
    here = standing(person(), slug)
    require(here.works)
    return here


def leading(slug: str) -> Standing:
    """For whoever leads the lab."""
    here = standing(person(), slug)
    require(here.leads)
    return here


@pages.get("/labs/<slug:slug>/members")
@signed_in
def index(slug: str) -> ResponseReturnValue:
    here = working(slug)
    found = members_page(here.lab.id, page_number(request.args.get("page")))
    return render_template("members/index.html", **here.shown(), found=found, crew=crew_of(here.lab, inside=True))


def _joining(lab: Lab, form: JoinForm | None = None) -> str:
    count = taken(lab.id)
    may = can_join(lab, membership(person(), lab.id), count)
    form = form or JoinForm(all_institutions(), formdata=None, data={"name": person().display_name})
    return render_template("members/new.html", lab=lab, form=form, may=may, free=free_places(lab.seats, count))


@pages.get("/labs/<slug:slug>/members/new")
@signed_in
def new(slug: str) -> ResponseReturnValue:
    return _joining(lab_or_404(slug))


@pages.post("/labs/<slug:slug>/members")
@signed_in
def create(slug: str) -> ResponseReturnValue:
    lab, form = lab_or_404(slug), JoinForm(all_institutions())
    if not form.validate():
        return _joining(lab, form), 422
    try:
        actions.join_lab(person(), lab, form.name.data or "", form.chosen, listed=bool(form.listed.data), now=now())
    except Invalid as error:
        form.take(error)
        return _joining(lab, form), 422
    return respond(url_for(".index", slug=slug), message=say("Willkommen im Projektlabor. Hier sehen Sie, wer noch mitarbeitet."))


def _mine(slug: str) -> Standing:
    """For members; for others there is no such page."""
    here = standing(person(), slug)
    if here.own is None:
        raise NotFound
    return here


def _own(here: Standing, form: OwnForm | None = None, *, asked: bool = False) -> str:
    assert here.own is not None
    form = form or OwnForm(all_institutions(), formdata=None, data=OwnForm.values(here.own))
    return render_template("members/own.html", **here.shown(), form=form, consent=CONSENT, asked=asked)


@pages.get("/labs/<slug:slug>/membership")
@signed_in
def show(slug: str) -> ResponseReturnValue:
    return _own(_mine(slug))


@pages.post("/labs/<slug:slug>/membership")
@signed_in
def update(slug: str) -> ResponseReturnValue:
    here, form = _mine(slug), OwnForm(all_institutions())
    if not form.validate():
        return _own(here, form), 422
    actions.update_membership(person(), here.lab, form.name.data or "", form.chosen, now=now())
    return respond(url_for(".show", slug=slug), message=say("Die Änderungen sind gespeichert."))


@pages.post("/labs/<slug:slug>/membership/consent")
@signed_in
def consent(slug: str) -> ResponseReturnValue:
    """The wanted state, never a toggle; giving it needs the tick."""
    here, wanted = _mine(slug), request.form.get("listed", "")
    if wanted not in {"yes", "no"}:
        return _own(here, asked=True), 422
    actions.consent_to_list(person(), here.lab, wanted == "yes", now=now())
    given = say("Ihr Name steht jetzt in der Liste der Teilnehmenden.")
    withdrawn = say("Ihr Name steht in keiner Liste und keinem Dokument mehr.")
    return respond(url_for(".show", slug=slug), message=given if wanted == "yes" else withdrawn)


@pages.post("/labs/<slug:slug>/membership/end")
@signed_in
def leave(slug: str) -> ResponseReturnValue:
    actions.leave_lab(person(), _mine(slug).lab, now=now())
    return respond(url_for("labs.show", slug=slug), message=say("Sie arbeiten in diesem Projektlabor nicht mehr mit."))


def _member(here: Standing, member: LabMember, form: ChangeForm | None = None, removal: RemovalForm | None = None) -> str:
    values = {"role": member.role, "institution": str(member.institution_id or "")}
    return render_template(
        "members/edit.html", **here.shown(), member=member, form=form or ChangeForm(all_institutions(), formdata=None, data=values),
        removal=removal or RemovalForm(formdata=None), may_remove=can_remove(person(), here.lab, here.own, member, here.rounds),
    )  # fmt: skip


@pages.get("/labs/<slug:slug>/members/<int:member_id>")
@signed_in
def edit(slug: str, member_id: int) -> ResponseReturnValue:
    here = leading(slug)
    return _member(here, member_or_404(here.lab, member_id))


@pages.post("/labs/<slug:slug>/members/<int:member_id>")
@signed_in
def change(slug: str, member_id: int) -> ResponseReturnValue:
    here, form = leading(slug), ChangeForm(all_institutions())
    member = member_or_404(here.lab, member_id)
    if not form.validate():
        return _member(here, member, form), 422
    actions.change_member(person(), here.lab, member, Role(form.role.data), form.chosen, now=now())
    return respond(url_for(".index", slug=slug), message=say("Die Änderungen sind gespeichert."))


@pages.post("/labs/<slug:slug>/members/<int:member_id>/removal")
@signed_in
def remove(slug: str, member_id: int) -> ResponseReturnValue:
    here, form = leading(slug), RemovalForm()
    member = member_or_404(here.lab, member_id)
    try:
        actions.remove_member(person(), here.lab, member, form.reason.data or "", now=now())
    except Invalid as error:
        form.take(error)
        return _member(here, member, removal=form), 422
    return respond(
        url_for(".index", slug=slug), message=say("Die Person gehört nicht mehr zum Projektlabor. Sie erfährt den Grund.")
    )


def _invitations(here: Standing, form: InviteForm | None = None) -> str:
    found = open_invitations(here.lab.id, page_number(request.args.get("page")), now())
    may = can_invite(person(), here.lab, here.own, here.rounds, open_links=found.total)
    form = form or InviteForm(all_institutions(), formdata=None)
    return render_template("members/invitations.html", **here.shown(), form=form, found=found, may=may)


@pages.get("/labs/<slug:slug>/invitations")
@signed_in
def invitations(slug: str) -> ResponseReturnValue:
    return _invitations(leading(slug))


@pages.post("/labs/<slug:slug>/invitations")
@signed_in
def invite(slug: str) -> ResponseReturnValue:
    here, form = leading(slug), InviteForm(all_institutions())
    if not form.validate():
        return _invitations(here, form), 422
    role = Role(form.role.data)
    actions.invite_member(person(), here.lab, form.address, role, form.chosen, locale=current_locale(), now=now())
    sent = say("Die Einladung ist unterwegs. Der Link gilt einmal und %(n)s Tage lang.", n=INVITATION_LASTS.days)
    return respond(url_for(".invitations", slug=slug), message=sent)


@pages.post("/labs/<slug:slug>/invitations/<int:invitation_id>/withdrawal")
@signed_in
def withdraw(slug: str, invitation_id: int) -> ResponseReturnValue:
    actions.withdraw_invitation(person(), leading(slug).lab, invitation_id)
    return respond(url_for(".invitations", slug=slug), message=say("Die Einladung ist zurückgezogen. Ihr Link gilt nicht mehr."))


def _accepting(token: str, invitation: LabInvitation, lab: Lab, form: JoinForm | None = None) -> str:
    account = viewer()
    may = can_accept(lab, membership(account, lab.id), invitation, taken(lab.id), now())
    fixed = invitation.institution_id is not None
    if account is not None and form is None:
        form = JoinForm(all_institutions(), fixed=fixed, formdata=None, data={"name": account.display_name})
    return render_template("members/accept.html", lab=lab, token=token, invitation=invitation, form=form, may=may)


@pages.get("/labs/invitations/<token>")
def invitation(token: str) -> ResponseReturnValue:
    """Opening the link changes nothing: the page has a button, and whoever is not signed in is told what it takes."""
    return _accepting(token, *invitation_or_404(token))


@pages.post("/labs/invitations/<token>")
@signed_in
def accept(token: str) -> ResponseReturnValue:
    invitation, lab = invitation_or_404(token)
    form = JoinForm(all_institutions(), fixed=invitation.institution_id is not None)
    if not form.validate():
        return _accepting(token, invitation, lab, form), 422
    listed = bool(form.listed.data)
    actions.accept_invitation(person(), token, form.name.data or "", form.chosen, listed=listed, now=now())
    return respond(
        url_for(".index", slug=lab.slug), message=say("Willkommen im Projektlabor. Hier sehen Sie, wer noch mitarbeitet.")
    )


def _places(here: Standing, form: PlacesForm | None = None) -> str:
    form, lab = form or PlacesForm(all_institutions(), formdata=None), here.lab
    free = free_places(lab.seats, taken(lab.id))
    return render_template("members/places.html", **here.shown(), form=form, places=places_of(lab.id), free=free)


@pages.get("/labs/<slug:slug>/places")
@signed_in
def places(slug: str) -> ResponseReturnValue:
    return _places(leading(slug))


@pages.post("/labs/<slug:slug>/places")
@signed_in
def place(slug: str) -> ResponseReturnValue:
    here, form = leading(slug), PlacesForm(all_institutions())
    institution = form.chosen
    if not form.validate() or institution is None:
        return _places(here, form), 422
    try:
        actions.set_places(person(), here.lab, institution, int(form.count.data or 0), now=now())
    except Invalid as error:
        form.take(error)
        return _places(here, form), 422
    return respond(url_for(".places", slug=slug), message=say("Die Plätze sind gespeichert."))


def _targets(here: Standing, form: MemberForm | None = None) -> str:
    form = form or targets_form(SECTOR_NAMES, targets_of(here.lab.id))
    return render_template("members/targets.html", **here.shown(), form=form, crew=crew_of(here.lab))


@pages.get("/labs/<slug:slug>/targets")
@signed_in
def targets(slug: str) -> ResponseReturnValue:
    return _targets(leading(slug))


@pages.post("/labs/<slug:slug>/targets")
@signed_in
def aim(slug: str) -> ResponseReturnValue:
    here, form = leading(slug), targets_form(SECTOR_NAMES, {})
    if not form.validate():
        return _targets(here, form), 422
    actions.set_targets(person(), here.lab, {sector: form[sector].data or 0 for sector in SECTOR_NAMES}, now=now())
    return respond(url_for(".targets", slug=slug), message=say("Die Zahlen sind gespeichert."))
