PYTHON ?= python3
PORT ?= 8000
BIN = .venv/bin
READY = .venv/.ready
CATALOGUE = ideation/translations/messages.pot

.PHONY: run test check bench harness messages

## The platform with the Dortmund case at http://127.0.0.1:8000
run: export IDEATION_BASE_URL ?= http://127.0.0.1:$(PORT)
run: $(READY)
	@$(BIN)/ideation db upgrade
	@$(BIN)/ideation demo load || echo "The site keeps its own content."
	@$(BIN)/ideation serve --port $(PORT)

## All tests, on SQLite and PostgreSQL and in Chromium
test: $(READY)
	@$(PYTHON) bin/prepare.py
	@$(BIN)/python -m pytest -n 2

## What needs no server: style, types, the order of the house, templates, translations
check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/python -m pytest tests/house

bench: $(READY)
	@$(PYTHON) bin/prepare.py wrk
	@$(BIN)/python -m benchmarks

## Races against real server processes in full, every page in every state, real data, ballots made of dice
harness: $(READY)
	@$(PYTHON) bin/prepare.py
	@HARNESS_ROUNDS=100 HARNESS=1 $(BIN)/python -m pytest tests/harness tests/browser tests/signals tests/shares tests/votes

## After changing a sentence: bring the English catalogue up to date, translate what is new, run it again
messages: $(READY)
	@mkdir -p ideation/translations/en/LC_MESSAGES
	@$(BIN)/pybabel -q extract -F bin/babel.cfg -k say -k say_n:1,2 -k _l --no-location -o $(CATALOGUE) .
	@$(BIN)/pybabel -q update -i $(CATALOGUE) -d ideation/translations -l en --init-missing --no-fuzzy-matching --no-wrap --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -d ideation/translations
	@rm $(CATALOGUE)

$(READY): pyproject.toml requirements.txt bin/bootstrap.py
	@$(PYTHON) bin/bootstrap.py
