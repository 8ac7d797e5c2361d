"""What the documentation of labs costs: once for the seed case, once for ten times as many labs."""

import time
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pypdf import PdfReader

from ideation import create_app
from ideation.core.db import db
from ideation.core.migrate import upgrade
from ideation.documentation.queries import labs_of_round
from ideation.documentation.views import document
from ideation.rounds.queries import round_or_404
from tests.conftest import settings

ROUND = "todo-2024"


def documentation(table: Any) -> None:
    print("\nThe documentation of all labs of a round, from the database to the PDF")
    with TemporaryDirectory(prefix="ideation-bench-") as name:
        app = create_app(**settings(Path(name), f"sqlite:///{name}/ideation.sqlite3"))
        upgrade(app)
        assert app.test_cli_runner().invoke(args=["demo", "load"]).exit_code == 0
        for times, most in ((1, 2.0), (10, None)):
            with app.test_request_context():
                begin = time.perf_counter()
                pdf = document(labs_of_round(round_or_404(None, ROUND)) * times)
                spent = time.perf_counter() - begin
            labs = f"{2 * times} labs, {7 * times} profiles"
            table.number(labs, spent, "s", most)
            table.number(f"{labs}, pages", len(PdfReader(BytesIO(pdf)).pages), "")
        with app.app_context():
            db.engine.dispose()
