"""Serves the limits exactly as `ideation serve` serves the site; only the looks at schema and keys are left out: there are none."""

import sys

from benchmarks.limits.app import app, engine, fill
from ideation.core import serve as server

if __name__ == "__main__":
    fill()
    engine.dispose()  # workers are forks; none may inherit a connection
    app.config["ENV"] = "development"
    server.check_database = lambda app: None
    server.check_key = lambda app, sealed: None
    server.serve(app, [], host="127.0.0.1", port=int(sys.argv[2]), workers=2)
