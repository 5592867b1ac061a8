# One command each for a person. Everything happens in .venv and var/, both made here.

.PHONY: run test check fix bench lock clean

TEMPLATES = $(shell git ls-files '*.html')
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes --no-header \
	--no-emit-index-url --no-annotate --exclude-newer "3 days" --quiet

run: ## start the server; HOST, PORT and the other variables of docs/deploy.md are read from the environment
	@.ci/environment requirements.lock
	@exec .venv/bin/python manage.py serve

test: ## all tests; TESTS=tests/config for some of them
	@.ci/environment requirements-dev.lock
	@.venv/bin/pytest --numprocesses auto --dist loadfile $(TESTS)

check: ## everything that can be said without running it
	@.ci/environment requirements-dev.lock
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/djade --target-version 6.1 --check $(TEMPLATES)
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python manage.py makemigrations --check --dry-run
	.venv/bin/python .ci/production_check.py
	.venv/bin/python .ci/gate.py

fix: ## what can be put right without thinking
	@.ci/environment requirements-dev.lock
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	-.venv/bin/djade --target-version 6.1 $(TEMPLATES)

bench: ## figures and targets side by side
	@.ci/environment requirements-dev.lock
	@.venv/bin/python -m bench

lock: ## new versions, at least three days old: time for a stolen release to be found out
	$(COMPILE) --output-file requirements.lock --upgrade
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock --upgrade
	@! grep -n '://' requirements.lock requirements-dev.lock

clean: ## everything that was made here, except var/: that is data
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
