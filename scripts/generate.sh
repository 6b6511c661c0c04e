#!/bin/bash
# Regenerates what is made from compiled BPF objects; with --check only says whether it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/build.sh >/dev/null
npx --no-install tsc -p scripts/tsconfig.json
node .cache/scripts/scripts/generate-layouts.js "$@"
