"""`python -m tests.harness.broken FLAW serve …` runs the command `ideation serve …` with that flaw."""

import sys

from tests.harness.broken import flaws

if __name__ == "__main__":
    getattr(flaws, sys.argv.pop(1))()
    from ideation.cli import main

    main()
