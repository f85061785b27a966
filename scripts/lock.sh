#!/bin/sh
# Resolve pyproject.toml into requirements.txt and requirements-dev.txt: one release of each package
# for every Python from 3.11 on, with the hashes of all its files and no addresses.
# The resolver (uv) lives in a throw-away environment: the project itself is installed by pip.
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/python" -m pip install --quiet uv
resolve() {
  "$tools/bin/python" -m uv pip compile pyproject.toml --quiet --upgrade \
    --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" "$@"
}
resolve --extra build --output-file requirements.txt
resolve --extra build --extra dev --constraint requirements.txt --output-file requirements-dev.txt
