#!/bin/bash
# Makes prebuilds/ for the npm package: the addon (through node-gyp), BPF objects and the receiver tool beside it, so that
# installing needs neither compiler nor scripts.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
stage=.cache/prebuild

# node-gyp would download headers; those that came with this node are the right ones and are here already.
prefix=$(node -p "require('node:path').resolve(process.execPath, '../..')")
if [ ! -f "$prefix/include/node/node_api.h" ]; then
	echo "prebuilds: $prefix/include/node is missing: install the node package that has headers (NodeSource, nodejs.org)" >&2
	exit 1
fi

bash scripts/build.sh

# In a directory of its own: node-gyp empties build/, which belongs to the developer's build.
mkdir -p "$stage"
exec 9>"$stage.lock"
flock 9
rm -rf "$stage/native" prebuilds
cp -r native binding.gyp package.json "$stage/"
npm_config_nodedir=$prefix npx --no-install prebuildify --napi --strip --cwd "$stage" --out "$root"

output=prebuilds/$(node -p '`${process.platform}-${process.arch}`')
for name in gateway.bpf.o ends.bpf.o sluice-receiver; do
	cp "build/Release/$name" "$output/"
done
