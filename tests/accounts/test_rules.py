from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideation.accounts.rules import (
    CONNECTION,
    Role,
    common_passwords,
    device_name,
    is_common,
    is_local_path,
    login_ends,
    name_fault,
    name_key,
    network_of,
    own_words,
    password_fault,
)


def test_the_block_list_has_more_than_ten_thousand_passwords() -> None:
    assert len(common_passwords()) >= 10_000


@pytest.mark.parametrize("password", sorted(common_passwords())[::97])
def test_no_common_password_is_accepted(password: str) -> None:
    assert password_fault(password, Role.PARTICIPANT) is not None


@pytest.mark.parametrize(
    "password",
    [
        "passwort12345",
        "Passwort!!!!!!",
        "123456789012",
        "aaaaaaaaaaaa",
        "abababababab",
        "qwertzuiopasdf",
        "abcdefghijklmnop",
        "dortmund2026!",
        "mitmachen1234",
        "DortmundDortmund",
        "passwordpassword",
        "anna.meier1990",
        "annameier-2026",
    ],
)
def test_what_is_easily_guessed_is_refused(password: str) -> None:
    assert is_common(password, own_words("anna.meier@example.org", "Anna Meier"))


@pytest.mark.parametrize(
    "password",
    [
        "mitmachen-in-dortmund",
        "ein langer Satz zum Anmelden",
        "korrekt pferd batterie klammer",
        "83 19 57 20 46 91",
        "7x9!2k4#5m8$",
        "чай без сахара утром",
        "   leer am Rand   ",
        "🚲🌧☕🌳🎷🏛🧭🪴🎈🧩📚🛶",
    ],
)
def test_anything_else_is_accepted_without_rules_of_composition(password: str) -> None:
    assert password_fault(password, Role.PARTICIPANT, own_words("anna@example.org", "Anna")) is None


def test_staff_need_fifteen_characters_and_others_twelve() -> None:
    twelve, fifteen = "kastanie bus", "kastanie bus um"
    assert password_fault(twelve, Role.PARTICIPANT) is None
    assert password_fault(twelve[:-1], Role.PARTICIPANT) is not None
    assert password_fault(fifteen, Role.MODERATOR) is None
    assert password_fault(fifteen[:-1], Role.MODERATOR) is not None


def test_up_to_128_characters_count() -> None:
    long = ("kastanie bus " * 10)[:128]
    assert password_fault(long, Role.PARTICIPANT) is None
    assert password_fault(long + "x", Role.PARTICIPANT) is not None


@pytest.mark.parametrize("other", ["ANNA", " anna ", "Ａｎｎａ", "An\u200bna", "a\u00adnna"])
def test_names_that_look_the_same_are_the_same(other: str) -> None:
    assert name_key(other) == name_key("Anna")


@pytest.mark.parametrize(
    "name", ["", "a", "x" * 61, "Moderation", "ADMIN", "anna@example.org", "Gewinn: www.example.com", "jetzt https://x.y"]
)
def test_names_that_mislead_are_refused(name: str) -> None:
    assert name_fault(name) is not None


@pytest.mark.parametrize("name", ["Anna", "Åse Ørsted", "李", "St. Martin", "Dr.Müller", "R2D2", "O'Neill <3"])
def test_names_people_choose_are_accepted(name: str) -> None:
    assert (name_fault(name) is None) == (len(name) > 1)


@pytest.mark.parametrize(
    "path",
    [
        "", "x", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
        "http://evil.example", "https:evil.example", "javascript:alert(1)", "//evil.example/%2f..", "/\x00/evil.example", " /account",
        "/ /evil.example", "data:text/html,x", "mailto:a@b", "?next=//evil", "#x", "/\r\nLocation: //evil", "evil.example/account",
        "\u2028//evil.example", "/\u2028/evil.example", "/\u202e/evil", "http:///evil.example", "https://example.org@evil.example",
        "//%65vil.example", "/\\/evil.example", "\t//evil.example", "/\x0b/evil.example",
    ],
)  # fmt: skip
def test_no_address_of_another_host_counts_as_local(path: str) -> None:
    assert not is_local_path(path)


@pytest.mark.parametrize("path", ["/", "/account", "/rounds/live/ideas?q=b%C3%A4ume&page=2#x", "/en/ideas/5", "/straße"])
def test_an_address_of_this_site_is_local(path: str) -> None:
    assert is_local_path(path)


def test_sessions_of_staff_end_sooner() -> None:
    began = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert login_ends(Role.PARTICIPANT, began, began) == began + timedelta(hours=24)
    assert login_ends(Role.PARTICIPANT, began, began + timedelta(days=29, hours=23)) == began + timedelta(days=30)
    assert login_ends(Role.MODERATOR, began, began) == began + timedelta(minutes=30)
    assert login_ends(Role.ADMIN, began, began + timedelta(hours=11, minutes=50)) == began + timedelta(hours=12)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("2001:0DB8:0001:ffff::1", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        (None, ""),
        ("unknown", ""),
        ("203.0.113.77:80", ""),
        ("203.0.113", ""),
        (" 203.0.113.77", ""),
    ],
)
def test_an_address_belongs_to_a_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_tries_are_limited_for_one_address_or_one_household() -> None:
    assert network_of("192.0.2.7", CONNECTION) == network_of("::ffff:192.0.2.7", CONNECTION) == "192.0.2.7/32"
    assert network_of("192.0.2.7", CONNECTION) != network_of("192.0.2.8", CONNECTION)
    assert network_of("2001:db8:1:2:3::1", CONNECTION) == network_of("2001:db8:1:2:ffff::9", CONNECTION)
    assert network_of("2001:db8:1:100::1", CONNECTION) != network_of("2001:db8:1:200::1", CONNECTION)


@given(st.text("0123456789abcdef:./% Ä", max_size=40))
def test_anything_may_stand_where_an_address_should(text: str) -> None:
    network_of(text)


def test_a_device_is_told_in_words_and_never_whole() -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
    assert device_name(agent) == "Chrome, Windows"
    assert device_name("curl/8") == ""
