#!/usr/bin/env bash
# Tests the accelerator probe of kubehv/hypervisor:dev where KVM works: it must say yes in level 1,
# and no once the device is gone. That it says no on a machine whose KVM only pretends is for
# hv-runtime's own tests.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
JOB=$(mktemp)
trap 'rm -f "$JOB"' EXIT

cat >"$JOB" <<'SCRIPT'
#!/bin/sh
probe() {
    /opt/java/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED \
        -Djna.boot.library.path=/opt/kubehv/native -Djna.nounpack=true -Djna.nosys=true \
        -cp '/opt/kubehv/*' io.kubehv.hv.accelerator.AcceleratorProbe
}

expect() {
    answer=$(probe)
    status=$?
    echo "$1: exit $status $answer"
    [ "$status" = "$2" ] && echo "$answer" | grep -Eq "\"usable\" *: *$3"
}

expect 'with KVM' 0 true || exit 1
rm /dev/kvm
expect 'without KVM' 1 false
SCRIPT

CLOCK=instructions "$HERE/l1.sh" kubehv/hypervisor:dev "$JOB"
