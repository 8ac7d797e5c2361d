"""The code base as text: which file imports what."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ideation.features import ORDER

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ideation"
# The order of architecture.md: a file imports only files above it.
ROOMS = ("rules", "models", "policy", "queries", "actions", "forms", "views", "manage", "cli")
PURE = ("rules", "models", "policy", "queries", "actions")


@dataclass(frozen=True)
class Import:
    line: int
    module: str
    name: str | None = None

    @property
    def root(self) -> str:
        return self.module.partition(".")[0]

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True)
class Source:
    path: Path

    @property
    def feature(self) -> str:
        """The folder below ideation/, or nothing for the files beside the features."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[0] if len(parts) > 1 else ""

    @property
    def room(self) -> str:
        return self.path.stem

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    def imports(self) -> Iterator[Import]:
        """Every import, those inside functions too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self}:{node.lineno} imports relatively"
                yield from (Import(node.lineno, node.module or "", alias.name) for alias in node.names)

    def rooms_imported(self) -> Iterator[tuple[Import, str, str]]:
        """Imports of features: the import, the feature, the room ("" for the package itself)."""
        for found in self.imports():
            parts = found.full.split(".")
            if parts[0] == "ideation" and len(parts) > 1 and parts[1] in ORDER:
                yield found, parts[1], parts[2] if len(parts) > 2 else ""


def sources(folder: Path = PACKAGE) -> list[Source]:
    return [Source(path) for path in sorted(folder.rglob("*.py"))]


def rooms(*names: str) -> list[Source]:
    """The files with these names in the features."""
    return [s for s in sources() if s.feature in ORDER and s.room in names]


def is_standard(module: str) -> bool:
    return module in sys.stdlib_module_names
