from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.groups import actions
from ideation.groups.forms import GroupForm
from ideation.groups.models import LabGroup
from ideation.groups.policy import can_arrange, can_join, can_take_part
from ideation.groups.queries import group_or_404, groups_of, members_by_group, standing
from ideation.labs.models import Lab
from ideation.labs.queries import lab_or_404
from ideation.members.queries import member_or_404, members_of

pages = Blueprint("groups", __name__)


@pages.get("/labs/<slug:slug>/groups")
@signed_in
def index(slug: str) -> ResponseReturnValue:
    return _page(lab_or_404(slug), GroupForm())


def _page(lab: Lab, form: GroupForm, renamed: LabGroup | None = None, status: int = 200) -> ResponseReturnValue:
    """`form` makes a group, or names `renamed`."""
    who, groups = standing(person(), lab), groups_of(lab)
    require(can_take_part(who))
    return render_template(
        "groups/index.html", lab=lab, groups=groups, members=members_by_group(group.id for group in groups), everybody=members_of(lab.id),
        who=who, may_join=can_join(who), may_arrange=can_arrange(who), form=form, renamed=renamed, own=who.member,
        leads=bool(can_arrange(who)),
    ), status  # fmt: skip


@pages.post("/labs/<slug:slug>/groups")
@signed_in
def create(slug: str) -> ResponseReturnValue:
    lab, form = lab_or_404(slug), GroupForm()
    try:
        group = actions.create_group(person(), lab, form.title.data, now=now())
    except Invalid as invalid:
        form.take(invalid)
        return _page(lab, form, status=422)
    return respond(url_for(".index", slug=slug), message=say("Gruppe %(number)s ist angelegt.", number=group.number))


@pages.post("/labs/<slug:slug>/groups/<int:number>")
@signed_in
def update(slug: str, number: int) -> ResponseReturnValue:
    lab, form = lab_or_404(slug), GroupForm()
    group = group_or_404(lab, number)
    try:
        actions.rename_group(person(), group, form.title.data, now=now())
    except Invalid as invalid:
        form.take(invalid)
        return _page(lab, form, group, 422)
    return respond(url_for(".index", slug=slug), message=say("Der Name ist gespeichert."))


@pages.post("/labs/<slug:slug>/groups/<int:number>/members")
@signed_in
def arrange(slug: str, number: int) -> ResponseReturnValue:
    """The wanted state of one's own place, or with `member` of somebody else's; never a toggle."""
    lab = lab_or_404(slug)
    group, wanted = group_or_404(lab, number), request.form.get("choice", "")
    require(can_take_part(standing(person(), lab)))
    if "member" in request.form:
        member = member_or_404(lab, request.form.get("member", 0, type=int) % 2**31)
        act = {"join": actions.place_member, "leave": actions.take_out_member}.get(wanted)
        done = {"join": say("Die Person gehört jetzt zur Gruppe."), "leave": say("Die Person gehört nicht mehr zur Gruppe.")}
        if act is None:
            raise NotFound
        act(person(), member, group, now=now())
        return respond(url_for(".index", slug=slug), message=done[wanted])
    return _own(group, wanted)


def _own(group: LabGroup, wanted: str) -> ResponseReturnValue:
    if wanted not in {"join", "leave"}:
        raise NotFound
    act = actions.join_group if wanted == "join" else actions.leave_group
    act(person(), group, now=now())
    joined = say("Sie gehören jetzt zu Gruppe %(number)s.", number=group.number)
    left = say("Sie gehören nicht mehr zu Gruppe %(number)s.", number=group.number)
    return respond(url_for(".index", slug=group.lab.slug), message=joined if wanted == "join" else left)
