"""Text that people write: cleaned on the way in, made safe on the way out, taken apart for search."""

import re
import unicodedata
from functools import lru_cache
from html import unescape
from typing import Any

import nh3
import snowballstemmer
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

TAGS = {"p", "br", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "h3", "h4", "h5", "h6"}
SCHEMES = {"https", "http", "mailto"}
ADDRESS_MAX = 2_000
DEPTH_MAX = 6


def cleaned(text: str) -> str:
    """Composed Unicode, one kind of line end, no control or direction-override characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or (unicodedata.category(c) not in {"Cc", "Cs"} and c not in _OVERRIDES)).strip()


_OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def single_line(text: str) -> str:
    return " ".join(cleaned(text).split())


@lru_cache(1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "typographer": True, "quotes": "„“‚‘"})
    return parser.enable(["linkify", "replacements", "smartquotes", "strikethrough"]).disable(["image"])


@lru_cache(1)
def _sanitiser() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener ugc",
        strip_comments=True,
    )


@lru_cache(512)
def markdown(text: str) -> Markup:
    """Safe HTML from Markdown: the one sanitiser. Headings start at h3, pictures and raw HTML are never let through."""
    tokens = _parser().parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    return Markup(_sanitiser().clean(_parser().renderer.render(tokens, _parser().options, {})))  # noqa: S704


_KINDS = {
    "bullet_list": "list", "ordered_list": "numbers", "list_item": "item", "blockquote": "quote", "fence": "code", "code_block": "code",
    "code_inline": "code", "hr": "rule", "em": "emphasis", "s": "strike", "hardbreak": "break",
}  # fmt: skip


_NESTING = {"bullet_list", "ordered_list", "blockquote"}


def tree(text: str) -> list[dict[str, Any]]:
    """The same Markdown for documents that are not HTML: nodes with a `kind` and `text` or `children`.

    A heading has its `level`, counted from 1 without gaps whatever was written; a list its `start`; a link its `address`, and
    `shown` says whether the address has to be written beside it. Links that lead nowhere outside the page are their words alone,
    and what is nested more than six deep stands where the sixth does."""
    nodes = _nodes(SyntaxTreeNode(_parser().parse(text)), 0)
    _close_gaps(nodes, 0)
    return nodes


def _nodes(parent: SyntaxTreeNode, depth: int) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for child in parent.children:
        if depth >= DEPTH_MAX and (child.type in _NESTING or (child.type == "list_item" and depth > DEPTH_MAX)):
            nodes += _nodes(child, depth + 1)
        elif child.type == "inline" or (child.type == "link" and not _leads_out(str(child.attrs["href"]))):
            nodes += _nodes(child, depth)
        elif child.type in {"text", "softbreak"}:
            nodes.append({"kind": "text", "text": " " if child.type == "softbreak" else child.content})
        else:
            nodes.append(_node(child, depth + (child.type in _NESTING)))
    return nodes


def _leads_out(address: str) -> bool:
    return address.partition(":")[0].lower() in SCHEMES and len(address) <= ADDRESS_MAX


def _node(node: SyntaxTreeNode, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": _KINDS.get(node.type, node.type)}
    if found["kind"] == "code":
        return {**found, "text": node.content}
    if node.type == "heading":
        found["level"] = int(node.tag[1])
    elif node.type == "ordered_list":
        found["start"] = int(node.attrs.get("start", 1))
    found["children"] = _nodes(node, depth) if node.children else []
    if node.type == "link":
        address = str(node.attrs["href"])
        words = "".join(child.get("text", "") for child in found["children"])
        found |= {"address": address, "shown": words not in {address, address.removeprefix("mailto:")}}
    return found


def _close_gaps(nodes: list[dict[str, Any]], above: int) -> int:
    for node in nodes:
        if node["kind"] == "heading":
            above = node["level"] = min(node["level"], above + 1)
        elif "children" in node:
            above = _close_gaps(node["children"], above)
    return above


def plain(text: str) -> str:
    """Markdown without its marks, on one line."""
    return " ".join(unescape(nh3.clean(str(markdown(text)), tags=set())).split())


def excerpt(text: str, length: int = 200) -> str:
    """The beginning of a text, cut between words."""
    # Only the beginning is rendered: a list of twenty long texts must not cost twenty long renderings.
    words = plain(text[: length * 3])
    if len(words) <= length:
        return words
    return words[: words.rfind(" ", 0, length) if " " in words[:length] else length].rstrip(" ,.;:–-") + " …"


def fold(text: str) -> str:
    """Letters without case and accents, ß as ss, umlauts as their base letter: what a search compares."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("german")


STOP_WORDS = frozenset(
    fold(w)
    for w in """aber alle als also am an auch auf aus bei bin bis da damit dann das dass dem den der des die dies diese
    dieser doch dort du durch ein eine einem einen einer eines er es fuer für gibt hat haben hier ich ihr im in ist ja kann koennen
    können man mehr mit muss nach nicht noch nur oder schon sehr sein sich sie sind so soll sollen sollte ueber über um und uns
    unter vom von vor war was weil wenn wer werden wie wieder will wir wird wo wollen zu zum zur the of and to in for a is on with
    are be by we how can our""".split()  # noqa: SIM905
)


def words(text: str) -> list[str]:
    return [w for w in re.findall(r"[^\W_]{2,40}", fold(text)) if w not in STOP_WORDS]


@lru_cache(20_000)
def stem(word: str) -> str:
    return fold(_stemmer().stemWord(word))


def stems(text: str) -> list[str]:
    """German stems of the words of a text, repeated as often as they occur."""
    return [stem(word) for word in words(text)]
