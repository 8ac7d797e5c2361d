from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from ideation.accounts import actions
from ideation.accounts.forms import RoleForm
from ideation.accounts.guard import person, staff_pages
from ideation.accounts.models import Account
from ideation.accounts.policy import can_administer
from ideation.accounts.queries import account_or_404, accounts_found
from ideation.accounts.rules import ROLE_NAMES, Role, password_min
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.text import single_line
from ideation.core.verdict import require

pages = staff_pages("accounts_manage", __name__)


@pages.get("/accounts")
def index() -> Any:
    require(can_administer(person()))
    text, role = single_line(request.args.get("q", "")[:200]), request.args.get("role", "")
    found = accounts_found(text, role if role in ROLE_NAMES else "", page_number(request.args.get("page")))
    return render_template("accounts/index.html", found=found, text=text, role=role, roles=ROLE_NAMES)


@pages.get("/accounts/<int:id>")
def edit(id: int) -> Any:
    require(can_administer(person()))
    account = account_or_404(id)
    return _role_page(account, RoleForm(role=account.role))


def _role_page(account: Account, form: RoleForm, status: int = 200) -> Any:
    shortest = password_min(Role.MODERATOR)
    return render_template("accounts/edit.html", account=account, form=form, roles=ROLE_NAMES, shortest=shortest), status


@pages.post("/accounts/<int:id>/role")
def update(id: int) -> Any:
    require(can_administer(person()))
    account, form = account_or_404(id), RoleForm()
    if not form.validate():
        return _role_page(account, form, 422)
    actions.change_role(person(), account, Role(form.role.data))
    told = _(
        "%(name)s hat jetzt die Rolle %(role)s. Alle Sitzungen dieses Kontos sind beendet.",
        name=account.display_name,
        role=ROLE_NAMES[account.role],
    )
    return respond(url_for(".index"), None, told)
