from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ideation.accounts import actions, guard, queries
from ideation.accounts.forms import EmailForm, LanguageForm, LoginForm, NameForm, NewPasswordForm, PasswordForm, RegisterForm
from ideation.accounts.guard import person, signed_in, viewer
from ideation.accounts.rules import CONFIRM_WITHIN, RESET_WITHIN, device_name, password_min
from ideation.activity.actions import record
from ideation.challenges.queries import own_challenges
from ideation.comments.queries import own_comments
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.i18n import current_locale
from ideation.core.secret import password_hash
from ideation.core.verdict import Invalid, Refused
from ideation.ideas.queries import own_ideas
from ideation.members.queries import labs_worked_in
from ideation.notifications.queries import followed
from ideation.votes.queries import my_votes

pages = Blueprint("accounts", __name__)
UNFINISHED = {"draft", "returned"}
pages.record_once(lambda state: guard.init_app(state.app))


@pages.get("/register")
def register() -> Any:
    if viewer():
        return redirect(url_for(".show"))
    return render_template("accounts/register.html", form=RegisterForm())


@pages.post("/register")
def create() -> Any:
    form = RegisterForm()
    if form.validate():
        hashed = password_hash(form.password.data or "")  # slow, so before the first query
        try:
            name = form.display_name.data or ""
            actions.register(form.email.data, name, hashed, locale=current_locale(), network=guard.network(), now=now())
            return respond(url_for(".registered"))
        except Invalid as invalid:
            form.take(invalid)
    return render_template("accounts/register.html", form=form), 422


@pages.get("/register/sent")
def registered() -> Any:
    return render_template("accounts/registered.html", hours=CONFIRM_WITHIN.total_seconds() // 3600)


@pages.get("/confirm/<token>")
def confirmation(token: str) -> Any:
    """Shows a button and changes nothing: mail scanners open every link."""
    link = queries.open_link("confirm", token, now())
    if link is None:
        return render_template("accounts/gone.html", again=url_for(".confirm_again")), 404
    return render_template("accounts/confirm.html", token=token, name=link.account.display_name)


@pages.post("/confirm/<token>")
def confirm(token: str) -> Any:
    if queries.open_link("confirm", token, now()) is None:
        return render_template("accounts/gone.html", again=url_for(".confirm_again")), 404
    actions.confirm(token, now=now())
    return respond(url_for(".login"), None, _("Ihr Konto ist bestätigt. Sie können sich jetzt anmelden."))


@pages.route("/confirm", methods=["GET", "POST"], endpoint="confirm_again", defaults={"purpose": "confirm"})
@pages.route("/password/forgotten", methods=["GET", "POST"], endpoint="forgotten", defaults={"purpose": "reset"})
def send_again(purpose: str) -> Any:
    form = EmailForm()
    if request.method == "POST" and form.validate():
        actions.send_again(purpose, form.email.data, network=guard.network(), now=now())
        return respond(url_for(".sent", purpose=purpose))
    return render_template("accounts/send_again.html", form=form, purpose=purpose), 422 if request.method == "POST" else 200


@pages.get("/sent/<any(confirm, reset):purpose>")
def sent(purpose: str) -> Any:
    return render_template("accounts/sent.html", purpose=purpose, minutes=RESET_WITHIN.total_seconds() // 60)


@pages.get("/login")
def login() -> Any:
    target = request.args.get("next", "")
    if account := viewer():
        return redirect(guard.safe_next(target, account))
    return render_template("accounts/login.html", form=LoginForm(next=target))


@pages.post("/login")
def log_in() -> Any:
    form, status = LoginForm(), 422
    if form.validate():
        email, network = form.email.data, guard.network()
        proof = guard.proof_of(email, form.password.data or "", network)
        device = device_name(request.user_agent.string)
        try:
            account, token = actions.log_in(email, proof, network=network, device=device, now=now())
        except Refused as refused:
            form.form_errors.append(str(refused.verdict.reason))
            status = refused.verdict.status
        else:
            if old := viewer():
                actions.log_out(old, old.login_id)
            guard.enter(token, renew=len(form.password.data or "") < password_min(account.role))
            return respond(guard.safe_next(form.next.data or "", account))
    return render_template("accounts/login.html", form=form), status


@pages.post("/logout")
def logout() -> Any:
    if account := viewer():
        actions.log_out(account, account.login_id)
    guard.leave()
    return respond(url_for("pages.front"))


@pages.get("/password/reset/<token>")
def reset(token: str) -> Any:
    link = queries.open_link("reset", token, now())
    if link is None:
        return render_template("accounts/gone.html", again=url_for(".forgotten")), 404
    return render_template("accounts/reset.html", form=NewPasswordForm(link.account), token=token)


@pages.post("/password/reset/<token>")
def reset_password(token: str) -> Any:
    link = queries.open_link("reset", token, now())
    if link is None:
        return render_template("accounts/gone.html", again=url_for(".forgotten")), 404
    form = NewPasswordForm(link.account)
    if not form.validate():
        return render_template("accounts/reset.html", form=form, token=token), 422
    guard.let_go()
    actions.reset_password(token, password_hash(form.new_password.data or ""), now=now())
    guard.leave()
    return respond(url_for(".login"), None, _("Ihr neues Passwort gilt. Alle Sitzungen sind beendet. Bitte melden Sie sich an."))


@pages.get("/password")
@signed_in
def password() -> Any:
    return render_template("accounts/password.html", form=PasswordForm(person()), renew=guard.must_renew())


@pages.post("/password")
@signed_in
def change_password() -> Any:
    account, form = person(), PasswordForm(person())
    if form.validate():
        email, login_id = account.email, account.login_id
        proof = guard.proof_of(email, form.current_password.data or "")
        hashed = password_hash(form.new_password.data or "")
        try:
            actions.change_password(account, proof, hashed, login_id=login_id, now=now())
            way = guard.safe_next("", account) if guard.must_renew() else url_for(".show")
            guard.renewed()
            return respond(way, None, _("Ihr neues Passwort gilt. Ihre anderen Sitzungen sind beendet."))
        except Refused as refused:
            form["current_password"].errors = [str(refused.verdict.reason)]
    return render_template("accounts/password.html", form=form, renew=guard.must_renew()), 422


@pages.get("/account")
@signed_in
def show() -> Any:
    account = person()
    ideas, challenges = own_ideas(account.id), own_challenges(account.id)
    return render_template(
        "accounts/show.html",
        account=account,
        ideas=ideas,
        challenges=challenges,
        unfinished=[idea for idea in ideas if idea.status in UNFINISHED],
        unasked=[challenge for challenge in challenges if challenge.status in UNFINISHED],
        comments=own_comments(account.id),
        my_votes=my_votes(account, now()),
        followed=followed(account.id),
        labs=labs_worked_in(account.id),
    )


@pages.get("/account/sessions")
@signed_in
def sessions() -> Any:
    return render_template("accounts/sessions.html", logins=queries.logins_of(person().id), current=person().login_id)


@pages.post("/account/sessions/<int:id>/end")
@signed_in
def end_session(id: int) -> Any:
    account = person()
    here = id == account.login_id
    actions.log_out(account, id)
    if here:
        guard.leave()
        return respond(url_for(".login"))
    return respond(url_for(".sessions"), None, _("Die Sitzung ist beendet."))


@pages.post("/account/sessions/end")
@signed_in
def end_sessions() -> Any:
    actions.end_logins(person(), but=person().login_id)
    return respond(url_for(".sessions"), None, _("Alle anderen Sitzungen sind beendet."))


@pages.get("/account/settings")
@signed_in
def settings() -> Any:
    return _settings(NameForm(obj=person()), LanguageForm(obj=person()))


def _settings(name: NameForm, language: LanguageForm, status: int = 200) -> Any:
    return render_template("accounts/settings.html", account=person(), name_form=name, language_form=language), status


@pages.post("/account/name")
@signed_in
def rename() -> Any:
    form = NameForm()
    if form.validate():
        try:
            actions.rename(person(), form.display_name.data or "")
            return respond(url_for(".settings"), None, _("Sie heißen hier jetzt %(name)s.", name=person().display_name))
        except Invalid as invalid:
            form.take(invalid)
    return _settings(form, LanguageForm(formdata=None, obj=person()), 422)


@pages.post("/account/language")
@signed_in
def choose_language() -> Any:
    form = LanguageForm()
    if form.validate():
        actions.choose_language(person(), form.locale.data)
        return respond(url_for(".settings"), None, _("Ihre Sprache ist gespeichert."))
    return _settings(NameForm(formdata=None, obj=person()), form, 422)


@pages.get("/account/consent")
@signed_in
def withdrawal() -> Any:
    """What happens to votes and contributions, before somebody takes back the consent."""
    open_votes = [mine for mine in my_votes(person(), now()) if mine.open]
    number = sum(len(mine.ideas) for mine in open_votes)
    return render_template("accounts/withdrawal.html", account=person(), open_votes=open_votes, number=number)


@pages.post("/account/consent")
@signed_in
def consent() -> Any:
    """A wanted state, never a toggle."""
    account, moment = person(), now()
    wish = request.form.get("opinion_consent")
    if wish not in {"yes", "no"}:
        return _settings(NameForm(formdata=None, obj=account), LanguageForm(formdata=None, obj=account), 422)
    if wish == "yes":
        actions.give_opinion_consent(account, now=moment)
        return respond(url_for(".settings"), None, _("Danke. Ihre Einwilligung ist gespeichert."))
    if actions.withdraw_opinion_consent(account):
        record("account.opinion_withdrawn", account, actor=account, now=moment)
    return respond(
        url_for(".settings"),
        None,
        _("Ihre Einwilligung ist widerrufen. Ihre Stimmen in laufenden Abstimmungen sind zurückgezogen."),
    )
