import secrets
import sys

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import AppGroup

from ideation.accounts import actions, queries
from ideation.accounts.rules import NAME_MAX, NAME_MIN, Role, own_words, password_fault, password_min, visible
from ideation.core.clock import now
from ideation.core.db import db
from ideation.core.secret import password_hash
from ideation.core.text import single_line
from ideation.core.verdict import Invalid

commands = AppGroup("accounts", help="Accounts and their roles.")
ROLES = click.Choice([role.value for role in Role])


@commands.command()
@click.option("--email", required=True)
@click.option("--name", required=True, help="The public name.")
@click.option("--role", type=ROLES, default=Role.PARTICIPANT.value, show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
def create(email: str, name: str, role: str, password_stdin: bool) -> None:
    """An account, confirmed. Without --password-stdin it asks for the password; where nobody can answer, one is made and printed."""
    name = visible(single_line(name))
    try:
        validate_email(email.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise click.ClickException(f"{email}: {error}") from None
    if not NAME_MIN <= len(name) <= NAME_MAX:
        raise click.ClickException(f"A name has {NAME_MIN} to {NAME_MAX} characters.")
    made = "" if password_stdin or sys.stdin.isatty() else secrets.token_urlsafe(18)
    password = made or (sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked())
    fault = None if made else password_fault(password, role, own_words(email, name))
    if fault is not None:
        raise click.ClickException(str(fault))
    hashed = password_hash(password)
    try:
        account = actions.create_account(email, name, hashed, role=role, now=now())
    except Invalid as invalid:
        raise click.ClickException(" ".join(map(str, invalid.faults.values()))) from None
    db.session.commit()
    click.echo(f"{account.email} ({role})")
    if made:
        click.echo(f"Password: {made}")


def _asked() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@commands.command()
@click.argument("email")
@click.argument("role", type=ROLES)
def role(email: str, role: str) -> None:
    """Gives an account another role. Its sessions end; a password too short for the new role is asked anew at the next login."""
    account = queries.account_by_email(email)
    if account is None:
        raise click.ClickException(f"There is no account with the address {email}.")
    longer = password_min(role) > password_min(account.role)
    actions.change_role(None, account, Role(role))
    db.session.commit()
    click.echo(f"{account.email} ({role})")
    if longer:
        click.echo(f"If the password has less than {password_min(role)} characters, the next login asks for a longer one.")
