#!/bin/busybox sh
# The first process of the guest: mounts what the tests need, runs them, tells the host how they ended, switches off.
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/bin HOME=/tmp
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t bpf none /sys/fs/bpf
mount -t cgroup2 none /sys/fs/cgroup
# The kernel's own words would end up in the middle of result lines.
echo 1 >/proc/sys/kernel/printk
for module in /modules/*.ko; do
	[ -e "$module" ] && insmod "$module"
done
echo "guest: kernel $(uname -r)"
cd /sluice && node build/test/test/bpf/run.js
echo "guest: exit $?"
poweroff -f
