import sys
import tempfile

from ideation import create_app
from ideation.core.db import db
from ideation.core.migrate import upgrade
from tests.filled import write

with tempfile.TemporaryDirectory() as folder:
    app = create_app(DATA_DIR=folder, DATABASE_URL="", SECRET_KEY="only for tests")
    upgrade(app)
    done = app.test_cli_runner().invoke(args=["demo", "load"])
    assert done.exit_code == 0, done.output
    with app.app_context(), db.engine.connect() as connection:
        write(connection, sys.argv[1])
