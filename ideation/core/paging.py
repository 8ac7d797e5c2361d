"""Pages of a list, cut in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_SIZE = 20


def page_number(text: str | None) -> int:
    """Whatever stands in the address becomes a page number from 1 to a million."""
    if not text or not text.isascii() or not text.isdigit():
        return 1
    return max(1, min(int(text[:7]), 1_000_000))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + len(self.items)
