#!/usr/bin/env bash
# Measures what a VM with KVM holds beside its guest's RAM: virt-launcher starts the tiny guest in
# level 1 (see l1.sh), and when it has booted and idles, the kernel's accounts of QEMU are read.
#
#   l1-memory.sh [MACHINE...]
#
# A line for each machine (1, 2 or 2-secure: see l1/memory), in KiB: what the process holds in all and in its RAM's mapping, as
# proportional set size, and the anonymous part of the same two.
#
# Generation 1 unless said otherwise. UEFI, emulated at two levels, may take longer than anybody waits: then it is accounted after
# ten minutes of level 1's time, with the stage "firmware" instead of "booted".
#
#   machine 1 pss 120000 ram-pss 70000 anonymous 90000 ram-anonymous 70000 stage booted
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${KUBEHV_CACHE:-$HOME/.cache/kubehv}/guests

main() {
    local script status=0
    script=$(mktemp)
    trap 'rm -f "$script"' EXIT
    { echo '#!/bin/sh' && echo "machines='${*:-1}'" && cat "$HERE/l1/memory"; } >"$script"
    DEADLINE=${DEADLINE:-1700} "$HERE/l1.sh" kubehv/hypervisor:dev "$script" "$CACHE/tiny.qcow2" || status=$?
    exit "$status"
}

main "$@"
