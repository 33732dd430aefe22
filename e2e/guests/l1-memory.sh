#!/usr/bin/env bash
# Measures what a VM with KVM holds beside its guest's RAM: virt-launcher starts the tiny guest in
# level 1 (see l1.sh), and when it has booted and idles, the kernel's accounts of QEMU are read.
#
#   l1-memory.sh [MACHINE...]
#
# A line for each machine (1, 2 or 2-secure: see l1/memory), in KiB: what the process holds in all and in its RAM's mapping, as
# proportional set size, and the anonymous part of the same two.
#
# Generation 1 unless said otherwise. Under OVMF, QEMU's emulation of AMD-V aborts (bql_locked() in cpu_interrupt; 10.0 and 11.1 alike)
# when level 1's time is the wall's. With CLOCK=instructions it did not: generation 2 without Secure Boot got as far as its
# first words on the console in 100 s of level 1's time, but 2-secure had said nothing after 370 s, half an hour on the wall.
#
#   machine 1 pss 120000 ram-pss 70000 anonymous 90000 ram-anonymous 70000
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${KUBEHV_CACHE:-$HOME/.cache/kubehv}/guests

main() {
    local script status=0
    script=$(mktemp)
    trap 'rm -f "$script"' EXIT
    { echo '#!/bin/sh' && echo "machines='${*:-1}'" && cat "$HERE/l1/memory"; } >"$script"
    DEADLINE=${DEADLINE:-900} "$HERE/l1.sh" kubehv/hypervisor:dev "$script" "$CACHE/tiny.qcow2" || status=$?
    exit "$status"
}

main "$@"
