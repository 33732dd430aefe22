#!/usr/bin/env bash
# Builds the guest disks of the tests from Debian's packages, and packs them as container images.
#
#   build.sh [GUEST...] [--disk-only]
#
# Guests: tiny, tiny-bookworm, mach, nested, debian; netboot, which is tiny as files of a boot server. All of them when none is
# named.
#
# A disk is made once for each state of the files it is made from and kept in
# ${KUBEHV_CACHE:-$HOME/.cache/kubehv}/guests/<name>-<hash>/disk.qcow2; the one of the last run is
# linked as guests/<name>.qcow2. Needs root, no loop devices, and Debian packages that it installs
# itself (BUILD_TOOLS in cache.sh).
# --disk-only leaves the container images out, for use without a Docker engine.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
# shellcheck source=cache.sh
source "$HERE/cache.sh"
# shellcheck source=disk.sh
source "$HERE/disk.sh"
# shellcheck source=initrd.sh
source "$HERE/initrd.sh"
# shellcheck source=tiny.sh
source "$HERE/tiny.sh"
# shellcheck source=nested.sh
source "$HERE/nested.sh"
# shellcheck source=mach.sh
source "$HERE/mach.sh"
# shellcheck source=netboot.sh
source "$HERE/netboot.sh"
# shellcheck source=debian.sh
source "$HERE/debian.sh"
# shellcheck source=image.sh
source "$HERE/image.sh"

readonly GUESTS=(tiny tiny-bookworm mach nested netboot debian)

build() {
    local name=$1 with_image=$2 folder
    folder=$(cached "$name")
    if [[ $name == netboot ]]; then
        [[ $with_image == no ]] || build_image "$name" "$folder/layer.tar"
        return
    fi
    ln -sfn "${folder##*/}/disk.qcow2" "$CACHE/$name.qcow2"
    [[ $with_image == no ]] || build_image "$name" "$folder/disk.qcow2"
}

main() {
    local guests=() with_image=yes argument
    for argument in "$@"; do
        if [[ $argument == --disk-only ]]; then
            with_image=no
        elif [[ " ${GUESTS[*]} " == *" $argument "* ]]; then
            guests+=("$argument")
        else
            die "usage: build.sh [GUEST...] [--disk-only], where a guest is one of: ${GUESTS[*]}"
        fi
    done
    ((${#guests[@]})) || guests=("${GUESTS[@]}")
    lock_cache
    for argument in "${guests[@]}"; do
        build "$argument" "$with_image"
    done
}

main "$@"
