#!/usr/bin/env bash
# Builds the guest disks of the tests from Debian's packages and packs them as container images.
#
#   build.sh [debian|tiny|all] [--disk-only]
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
# shellcheck source=debian.sh
source "$HERE/debian.sh"
# shellcheck source=image.sh
source "$HERE/image.sh"

build() {
    local name=$1 with_image=$2 folder
    folder=$(cached "$name")
    ln -sfn "${folder##*/}/disk.qcow2" "$CACHE/$name.qcow2"
    [[ $with_image == no ]] || build_image "$name" "$folder/disk.qcow2"
}

main() {
    local what=all with_image=yes argument
    for argument in "$@"; do
        case $argument in
        debian | tiny | all) what=$argument ;;
        --disk-only) with_image=no ;;
        *) die "usage: build.sh [debian|tiny|all] [--disk-only]" ;;
        esac
    done
    lock_cache
    [[ $what == debian ]] || build tiny "$with_image"
    [[ $what == tiny ]] || build debian "$with_image"
}

main "$@"
