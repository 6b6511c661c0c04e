#!/usr/bin/env bash
# One script for `npm start`, `npm test` and `npm run bench` on a fresh Debian 12 host with Node.js >= 20: installs what is missing
# and says why, builds, then runs. Nothing is installed or built again that is there.
set -euo pipefail
cd "$(dirname "$0")/.."

goal=${1:?usage: bootstrap.sh build|start|test|kernels|bench [arguments]}
shift

say() { printf '\033[1m==>\033[0m %s\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }
die() { printf 'sluice: %s\n' "$*" >&2; exit 1; }

# package | what shows that it is there | why
build_packages='
clang-19|clang-19|compiles the BPF programs
llvm-19|llvm-strip-19|strips them to code and BTF
g++|g++|compiles the native addon
cmake|cmake|builds addon, BPF objects and receiver
make|make|builds what cmake plans
libbpf-dev|/usr/include/bpf/libbpf.h|loads BPF programs (linked statically)
libelf-dev|/usr/include/libelf.h|reads BPF objects (linked statically)
zlib1g-dev|/usr/include/zlib.h|needed by libelf
bpftool|/usr/sbin/bpftool|embeds the receiver program into its tool'
lab_packages='
iproute2|ip|makes the lab: namespaces, links, routes
ethtool|ethtool|sets the offloads of the lab'"'"'s links
procps|sysctl|sets kernel parameters inside the lab
haproxy|haproxy|serves HTTP and HTTPS listeners'
test_packages='
clang-format-19|clang-format-19|checks the format of C and C++
nginx-light|nginx|a backend of the system tests
nftables|nft|a contestant of the benches, filters in the receiver tests
curl|curl|a client of the system tests
nghttp2-client|h2load|HTTP/2 load of tests and benches
openssl|openssl|makes certificates, a TLS client of the tests
sslscan|sslscan|lists the TLS versions and ciphers of a listener
python3-websockets|/usr/lib/python3/dist-packages/websockets|a WebSocket client of the tests
chromium|chromium|a browser of the tests
libnss3-tools|certutil|gives it the certificate of a client
wrk|wrk|a client of the system tests
iperf3|iperf3|bulk traffic of the benches
python3|python3|a backend and a raw client of the receiver tests
tcpdump|tcpdump|looks at what health checks send
python3-openstackclient|openstack|drives the API in the system tests
python3-octaviaclient|/usr/lib/python3/dist-packages/octaviaclient|its load balancer commands'
kernel_packages='
qemu-system-x86|qemu-system-x86_64|boots older kernels
busybox-static|busybox|their first process
cpio|cpio|packs their initramfs
xz-utils|xz|unpacks their modules
zstd|zstd|unpacks their modules'

present() {
	case "$1" in
	/*) [ -e "$1" ] ;;
	*) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null ;;
	esac
}

install_missing() {
	local missing=() package probe why
	while IFS='|' read -r package probe why; do
		[ -n "$package" ] || continue
		present "$probe" && continue
		missing+=("$package")
		say "missing: $package ($why)"
	done <<<"$1"
	[ ${#missing[@]} -eq 0 ] && return
	[ -f /etc/debian_version ] && command -v apt-get >/dev/null ||
		die "this host is not Debian; install the equivalents of: ${missing[*]}"
	[ "$(id -u)" = 0 ] || die "not root; run once: sudo apt-get install --no-install-recommends ${missing[*]}"
	say "installing ${missing[*]}"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
		die "apt-get could not install ${missing[*]}; its own message stands above"
}

check_node() {
	command -v node >/dev/null || die 'Node.js 20 or newer is needed: https://nodejs.org'
	node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
		die "Node.js 20 or newer is needed, this is $(node --version)"
}

install_modules() {
	# npm notes in this file what it installed; an older note than the lock file means other versions.
	[ node_modules/.package-lock.json -nt package-lock.json ] && return
	say 'installing npm packages'
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch node_modules/.package-lock.json
}

build() {
	check_node
	install_missing "$build_packages"
	install_modules
	say 'building (addon, BPF programs, receiver, TypeScript)'
	npm run --silent build
}

need_root() {
	[ "$(id -u)" = 0 ] || die "$1 makes network namespaces and loads BPF programs: run it as root (sudo npm $2)"
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf || die 'cannot mount the BPF file system on /sys/fs/bpf'
}

case "$goal" in
build)
	build
	;;
start)
	need_root 'the lab' start
	install_missing "$lab_packages"
	build
	exec node dist/lab/demo.js "$@"
	;;
test)
	need_root 'the test suite' test
	install_missing "$lab_packages"
	install_missing "$test_packages"
	build
	npm run --silent check
	say 'running the tests'
	exec npx --no-install vitest run "$@"
	;;
kernels)
	need_root 'the kernel test' 'run test:kernels'
	install_missing "$lab_packages"
	install_missing "$kernel_packages"
	build
	exec bash test/kernels/run.sh "$@"
	;;
bench)
	need_root 'the bench' 'run bench'
	install_missing "$lab_packages"
	install_missing "$test_packages"
	build
	exec npm run --silent bench:run -- "$@"
	;;
*)
	die "unknown goal '$goal'"
	;;
esac
