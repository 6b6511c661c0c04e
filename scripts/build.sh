#!/bin/bash
# Builds the addon, the BPF objects and the receiver tool into build/Release. Arguments go to `cmake-js build`
# (for example --target bpf). One build at a time: a second one waits.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build
exec 9>build/.lock
flock 9
npx --no-install cmake-js configure --log-level error
npx --no-install cmake-js build --log-level error --parallel "$(nproc)" "$@"
