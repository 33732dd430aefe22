#!/usr/bin/env bash
# Runs a script where KVM works: in an emulated machine with AMD-V ("level 1"), whose root file
# system is a container image's. What it starts with `-accel kvm` is level 2.
#
#   l1.sh IMAGE SCRIPT [FILE...]
#
# SCRIPT is run by root, in a folder that has the FILEs too, without network; its output comes to
# stdout as it is written. l1.sh exits with SCRIPT's status, which is also the last line: `l1: exit
# N`. Status 124: not done within ${DEADLINE:-300} seconds. 125: level 1 itself did not work.
# MEMORY (1024) is level 1's in MiB, CPUS (1) its processors. With CLOCK=instructions level 1's time
# goes by the instructions it has run, not by the clock on the wall: deadlines in it mean the same
# on a busy machine.
# Needs root, a Docker engine and QEMU, which it takes from kubehv/hypervisor:dev (or $QEMU_IMAGE).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
# shellcheck source=cache.sh
source "$HERE/cache.sh"
# shellcheck source=initrd.sh
source "$HERE/initrd.sh"
# shellcheck source=level1.sh
source "$HERE/level1.sh"

# The script and its files travel as a tar file that is a disk: no file system to make.
pack_job() {
    local job=$1 script=$2 file
    shift 2
    mkdir "$RUN/job"
    install -m 755 "$script" "$RUN/job/run"
    for file in "$@"; do cp -L "$file" "$RUN/job/"; done
    tar --create --owner=0 --group=0 --file "$job" -C "$RUN/job" .
    # A whole number of sectors
    truncate -s %512 "$job"
}

# Runs QEMU in a container, because Debian 12's is too old to be trusted with nested paging.
run_level1() {
    local folder=$1 root=$2 name=$3 clock=(-accel "tcg,thread=multi")
    # 2^1 ns an instruction is about what emulation does on an idle machine.
    [[ ${CLOCK:-wall} == wall ]] || clock=(-accel 'tcg,thread=single' -icount 'shift=1,sleep=on')
    timeout --kill-after=10 "${DEADLINE:-300}" \
        docker run --rm --init --name "$name" --network none --user 0:0 \
        --volume "$folder:/l1:ro" --volume "$root:/root.img:ro" --volume "$RUN/job.tar:/job.tar:ro" \
        --entrypoint /usr/bin/qemu-system-x86_64 "${QEMU_IMAGE:-kubehv/hypervisor:dev}" \
        -machine q35 "${clock[@]}" -cpu EPYC,+svm -m "${MEMORY:-1024}" \
        -smp "${CPUS:-1}" -nodefaults -display none -no-reboot -serial stdio \
        -kernel /l1/vmlinuz -initrd /l1/initrd \
        -append 'console=ttyS0 quiet panic=-1 no_timer_check' \
        -drive file=/root.img,format=raw,if=virtio,snapshot=on \
        -drive file=/job.tar,format=raw,if=virtio,readonly=on \
        -device virtio-rng-pci </dev/null \
        2> >(grep -v "TCG doesn't support requested feature" >&2)
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
    docker rm --force "$CONTAINER" >/dev/null 2>&1 || true
    rm -rf "$RUN"
}

main() {
    (($# >= 2)) || die 'usage: l1.sh IMAGE SCRIPT [FILE...]'
    local image=$1 script=$2 folder root status=0
    shift 2
    lock_cache
    folder=$(cached level1)
    root=$(level1_root "$image")
    flock --unlock 8
    RUN=$(mktemp -d)
    CONTAINER=kubehv-l1-$$
    trap clean_up EXIT
    pack_job "$RUN/job.tar" "$script" "$@"
    run_level1 "$folder" "$root" "$CONTAINER" | tr -d '\r' | tee "$RUN/output" ||
        status=${PIPESTATUS[0]}
    ((status != 124)) || die "level 1 was not done within ${DEADLINE:-300} s"
    status=$(sed -n 's/^l1: exit //p' "$RUN/output" | tail -n 1)
    exit "${status:-125}"
}

main "$@"
