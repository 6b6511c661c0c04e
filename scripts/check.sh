#!/usr/bin/env bash
# What a machine can say about the sources: format, lint, types, generated files. With --fix-c it formats C and C++ instead.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t c_files < <(git ls-files --cached --others --exclude-standard '*.c' '*.h' '*.cpp')
if [ "${1:-}" = --fix-c ]; then
	exec clang-format-19 -i "${c_files[@]}"
fi
npx --no-install biome check --error-on-warnings .
clang-format-19 --dry-run --Werror "${c_files[@]}"
npx --no-install tsc -p tsconfig.check.json
bash scripts/generate.sh --check
