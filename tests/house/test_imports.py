"""The order of the house (docs: architecture). Whoever wants to break it changes this file and says why."""

from collections.abc import Iterable

from ideation.features import ORDER
from tests.house.code import PACKAGE, PURE, ROOMS, Import, Source, is_standard, rooms, sources

WEB = {"flask", "flask_login", "flask_wtf", "flask_babel", "wtforms", "werkzeug", "jinja2"}
DATABASE = {"sqlalchemy", "flask_sqlalchemy", "alembic", "sqlite3", "psycopg"}
# Rooms that only one feature has, and the room they are as high as.
OWN_ROOMS: dict[tuple[str, str], str] = {
    ("accounts", "guard"): "views",
    # Handed out to everybody as one file that runs without the platform: it can share no code with rules.py.
    ("ledger", "verify_ledger"): "rules",
}


def told(faults: Iterable[tuple[Source, Import]]) -> list[str]:
    return [f"{source}:{found.line} imports {found.full}" for source, found in faults]


def height(feature: str, room: str) -> int:
    room = OWN_ROOMS.get((feature, room), room)
    return ROOMS.index(room) if room in ROOMS else len(ROOMS)


def test_every_folder_is_a_feature_in_the_list() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders - {"core", "_bundle", "__pycache__"} == set(ORDER)


def test_a_feature_has_only_rooms_with_known_names() -> None:
    known = {*ROOMS, "__init__"}
    assert [str(s) for s in sources() if s.feature in ORDER and s.room not in known and (s.feature, s.room) not in OWN_ROOMS] == []


def test_core_knows_no_feature() -> None:
    assert told((s, found) for s in sources() if s.feature == "core" for found, *_ in s.rooms_imported()) == []


def test_pure_rooms_import_only_features_before_their_own() -> None:
    assert told(
        (source, found)
        for source in rooms(*PURE)
        for found, feature, _ in source.rooms_imported()
        if ORDER.index(feature) > ORDER.index(source.feature)
    ) == []  # fmt: skip


def test_pure_rooms_import_only_rooms_that_are_not_higher() -> None:
    assert told(
        (source, found)
        for source in rooms(*PURE)
        for found, feature, room in source.rooms_imported()
        if height(feature, room) > height(source.feature, source.room)
        or (feature == source.feature and height(feature, room) == height(source.feature, source.room))
    ) == []  # fmt: skip


def test_views_import_of_other_features_only_what_they_may_read_or_ask() -> None:
    allowed = {"rules", "policy", "queries", "forms", "actions", "models", "guard"}
    # One look-up a request, kept with the request: only a view can know that.
    known = {
        "ideation.notifications.views.follow_state_of",
        # The command runs the same file that everybody can download.
        "ideation.ledger.verify_ledger.main",
    }
    assert told(
        (source, found)
        for source in rooms("forms", "views", "manage", "cli")
        for found, feature, room in source.rooms_imported()
        if feature != source.feature and room not in allowed and found.full not in known
    ) == []  # fmt: skip


def is_pure(found: Import) -> bool:
    ours = found.module.startswith("ideation.") and found.module.endswith(".rules")
    return is_standard(found.root) or ours or found.module == "ideation.core.sentence"


def test_rules_know_the_standard_library_alone() -> None:
    assert told((s, found) for s in rooms("rules") for found in s.imports() if not is_pure(found)) == []


def test_a_policy_knows_neither_web_nor_database() -> None:
    assert told((s, found) for s in rooms("policy") for found in s.imports() if found.root in WEB | DATABASE) == []


def test_a_policy_runs_no_query() -> None:
    assert told((s, found) for s in rooms("policy") for found in s.imports() if found.full.startswith("ideation.core.db")) == []


def test_models_queries_and_actions_do_not_know_the_web() -> None:
    assert told((s, found) for s in rooms("models", "queries", "actions") for found in s.imports() if found.root in WEB) == []


def test_pure_rooms_do_not_ask_the_clock() -> None:
    assert told((s, found) for s in rooms(*PURE, "forms") for found in s.imports() if found.full == "ideation.core.clock.now") == []
    asked = ("datetime.now(", "datetime.utcnow(", "date.today(", "time.time(", "clock.now(")
    assert [f"{s} asks {call}" for s in rooms(*PURE, "forms") for call in asked if call in s.text] == []


def test_migrations_do_not_depend_on_the_code_of_a_day() -> None:
    steps = [Source(path) for path in sorted((PACKAGE.parent / "migrations" / "versions").glob("*.py"))]
    assert [f"{s.path.name}:{found.line}" for s in steps for found in s.imports() if found.root == "ideation"] == []
