#!/usr/bin/env bash
# Boots a guest's disk with this machine's QEMU until its last words, mostly the login prompt, show
# on its serial console.
#
#   smoke.sh tiny|tiny-bookworm|mach|debian bios|uefi [machine]
#
# Prints how long it took; exits with 1 and the end of the console's output when they do not show
# within ${DEADLINE:-120} seconds. The disk is only read.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
# shellcheck source=cache.sh
source "$HERE/cache.sh"

# (Not nested: Debian 12's QEMU is too old to be trusted with nested paging.)
declare -rA LAST_WORDS=([tiny]=' login:' [tiny-bookworm]=' login:' [mach]='mach: booted'
    [debian]=' login:')

start_qemu() {
    local guest=$1 firmware=$2 machine=$3 memory=256 arguments=()
    case $guest in
    debian) memory=1024 ;;
    mach) memory=128 ;;
    esac
    # -cx16: QEMU 7.2, Debian 12's, spoils the flags at cmpxchg16b now and then.
    # shellcheck disable=SC2054 # the commas are QEMU's
    arguments=(-machine "$machine" -accel tcg,thread=multi -cpu max,-cx16 -m "$memory"
        -display none -nodefaults
        -drive "file=$CACHE/$guest.qcow2,if=virtio,snapshot=on"
        -nic user,model=virtio-net-pci
        -device VGA -device virtio-rng-pci -uuid 6b75f1a0-0000-4000-8000-6b7562656876
        -serial "file:$WORK/console" -monitor none -no-reboot)
    if [[ $firmware == uefi ]]; then
        cp /usr/share/OVMF/OVMF_VARS_4M.fd "$WORK/vars.fd"
        # shellcheck disable=SC2054
        arguments+=(
            -drive if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd
            -drive "if=pflash,unit=1,format=raw,file=$WORK/vars.fd")
    fi
    qemu-system-x86_64 "${arguments[@]}" &
    QEMU=$!
}

stop_qemu() {
    kill "$QEMU" 2>/dev/null || true
    wait "$QEMU" 2>/dev/null || true
    rm -rf "$WORK"
}

# wait_for TEXT: prints milliseconds since the start
wait_for() {
    until grep -qa "$1" "$WORK/console" 2>/dev/null; do
        kill -0 "$QEMU" 2>/dev/null || die "QEMU ended before '$1'"
        if (($(now) - STARTED > ${DEADLINE:-120} * 1000)); then
            tail -n 20 "$WORK/console" >&2
            die "no '$1' on the console within ${DEADLINE:-120} s"
        fi
        sleep 0.05
    done
    printf '%s' $(($(now) - STARTED))
}

now() { date +%s%3N; }

main() {
    local guest=${1:-} firmware=${2:-} machine=${3:-q35} booted='' last
    [[ -n ${LAST_WORDS[${guest:-none}]:-} && $firmware =~ ^(bios|uefi)$ ]] ||
        die 'usage: smoke.sh tiny|tiny-bookworm|mach|debian bios|uefi [machine]'
    install_packages qemu-system-x86 ovmf
    "$HERE/build.sh" "$guest" --disk-only >/dev/null
    WORK=$(mktemp -d)
    STARTED=$(now)
    start_qemu "$guest" "$firmware" "$machine"
    trap stop_qemu EXIT
    if [[ $guest == tiny* ]]; then
        booted=$(wait_for 'tiny: booted')
        booted="booted after $booted ms, "
    fi
    last=$(wait_for "${LAST_WORDS[$guest]}")
    printf '%s %s %s: %s%s after %s ms\n' "$guest" "$firmware" "$machine" "$booted" \
        "${LAST_WORDS[$guest]# }" "$last"
    [[ -z ${SHOW:-} ]] || cat "$WORK/console"
}

main "$@"
