#!/bin/bash
# Packet tests on Debian's older kernels, each booted under QEMU from packages that are fetched, not installed.
#
#   bash test/kernels/run.sh [--verbose] [SERIES...]      default: 6.1 6.12
#
# Needs a built tree (npm run build). SLUICE_KERNEL_CACHE: where kernels are kept (default ~/.cache/sluice/kernels);
# SLUICE_KERNEL_LIMIT: seconds after which a guest is taken for hung (default 900).
set -euo pipefail
cd "$(dirname "$0")/../.."

npx --no-install tsc -p test/tsconfig.json
exec node --enable-source-maps build/test/test/kernels/run.js "$@"
