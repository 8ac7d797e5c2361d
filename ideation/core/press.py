"""Sets one document and ends: what Typst remembers goes with the process, and its threads never meet a fork.

Run as a file and not as a module: the package would load the whole application for one sheet of paper."""

import json
import sys
from typing import Any


def printed(order: dict[str, Any]) -> bytes:
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"])
    inputs = {"input": order["input"]}
    compiler = typst.Compiler(order["template"], root=order["root"], font_paths=fonts, sys_inputs=inputs)
    # The fixed moment is for `datetime.today()` in a template: there is no today in a document that can be made again.
    document = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=0)
    assert isinstance(document, bytes)
    return document


def main() -> int:
    try:
        sys.stdout.buffer.write(printed(json.load(sys.stdin.buffer)))
    except RuntimeError as error:  # Typst's own errors are some of these
        parts = [getattr(error, "message", str(error)), *getattr(error, "hints", []), getattr(error, "diagnostic", "")]
        sys.stderr.buffer.write("\n".join(filter(None, parts)).encode())
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
