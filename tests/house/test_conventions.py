"""Names, sizes and habits that the house rules fix."""

import ast
import re

from tests.house.code import PACKAGE, ROOT, Source, rooms, sources

NAMELESS = {"util", "utils", "helper", "helpers", "manager", "managers", "service", "services", "handler", "handlers", "misc"}
FILE_LINES, TEMPLATE_LINES, VIEW_LINES = 350, 100, 20
OWN_HEADERS = re.compile(r"HX-|is_htmx|wants_fragment")


def templates() -> list:
    return [path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in {".html", ".txt"}]


def test_every_thing_has_a_noun() -> None:
    everywhere = [*PACKAGE.rglob("*"), *(ROOT / "tests").rglob("*"), *(ROOT / "templates").rglob("*")]
    assert [str(path.relative_to(ROOT)) for path in everywhere if path.stem.strip("_") in NAMELESS] == []


def test_a_file_fits_in_a_head() -> None:
    long = [(str(s), len(s.text.splitlines())) for s in sources()]
    assert [f"{name}: {lines} lines" for name, lines in long if lines > FILE_LINES] == []


def test_a_template_fits_on_a_page() -> None:
    long = [(path, len(path.read_text("utf-8").splitlines())) for path in templates()]
    assert [f"{path.relative_to(ROOT)}: {lines} lines" for path, lines in long if lines > TEMPLATE_LINES] == []


def functions(source: Source) -> list[ast.FunctionDef]:
    return [node for node in source.tree.body if isinstance(node, ast.FunctionDef)]


def test_a_view_decides_little() -> None:
    found = [
        f"{source}:{view.lineno} {view.name} has {view.end_lineno - view.lineno + 1} lines"
        for source in rooms("views", "manage")
        for view in functions(source)
        if view.decorator_list and (view.end_lineno or 0) - view.lineno + 1 > VIEW_LINES
    ]
    assert found == []


def test_an_action_takes_now_by_name() -> None:
    found = []
    for source in rooms("actions"):
        for action in functions(source):
            positional = [argument.arg for argument in (*action.args.posonlyargs, *action.args.args)]
            # A job is asked with nothing but the moment; `_private` steps take what their caller has.
            if "now" in positional and positional != ["now"] and not action.name.startswith("_"):
                found.append(f"{source}:{action.lineno} {action.name}")
    assert found == []


def test_only_one_file_branches_on_htmx() -> None:
    # A refusal has a shape for htmx too: of an action, and of whoever is not signed in.
    allowed = {"ideation/core/htmx.py", "ideation/core/errors.py", "ideation/accounts/guard.py"}
    assert [str(s) for s in sources() if OWN_HEADERS.search(s.text) and str(s) not in allowed] == []


def test_migrations_form_one_chain() -> None:
    steps = {}
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        values = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"}
        }
        steps[values["revision"]] = values["down_revision"]
    parents = list(steps.values())
    assert parents.count(None) == 1
    assert len(set(parents)) == len(parents)
    assert {parent for parent in parents if parent} <= set(steps)
