# The few commands of this project. Each one says what it does while it does it; the work is in scripts/.
.PHONY: help run test check build bench audit

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

run: ## the app on a demo workspace; without a display, the demo in the terminal
	@scripts/run.sh

test: ## every check and every test, as the pipeline runs them
	@scripts/test.sh

check: ## the quick checks: form, types, rules of the house
	@scripts/check.sh

build: ## release builds of senim and senim-server in dist/
	@scripts/build.sh

bench: ## side by side with peers and limits; ROW=name for one row
	@ROW="$(ROW)" bench/run.sh

audit: ## licences, sources and banned crates of everything we build on; then known weaknesses (needs the network)
	@scripts/audit.sh
