# shellcheck shell=bash
# Packs a disk as a container image with the disk at /disk/disk.qcow2, which is what a
# VirtualHardDisk with a containerImage source imports. Sourced by build.sh.

declare -rA IMAGE_TAGS=([tiny]=kubehv/guest-tiny:1 [tiny-bookworm]=kubehv/guest-tiny-bookworm:1
    [debian]=kubehv/guest-debian:13 [mach]=kubehv/guest-mach:1
    [nested]=kubehv/guest-nested:1 [netboot]=kubehv/guest-netboot:1)

# build_image NAME DISK: (or, instead of a disk, the tar file of a whole layer) nothing to do when the tag's image was made from this very disk
build_image() {
    local name=$1 disk=$2 tag=${IMAGE_TAGS[$1]} source old
    source=$(basename "$(dirname "$disk")")
    command -v docker >/dev/null || die "no docker command; --disk-only leaves the images out"
    docker info >/dev/null 2>&1 || die "no Docker engine; --disk-only leaves the images out"
    [[ $(docker image inspect -f '{{index .Config.Labels "io.kubehv.guest.source"}}' "$tag" \
        2>/dev/null) != "$source" ]] || return 0
    say "packing $tag"
    old=$(docker image inspect -f '{{.Id}}' "$tag" 2>/dev/null || true)
    # The disk is compressed already; the layer is the disk and nothing else. By way of a file: what
    # comes out of a failed tar would be imported too, and the label takes it for whole ever after.
    WORK=$(mktemp -d "$CACHE/.$name.XXXXXX")
    trap 'rm -rf "$WORK"' EXIT
    if [[ $disk == *.tar ]]; then
        cp "$disk" "$WORK/layer.tar"
    else
        tar --create --owner=0 --group=0 --mtime=@0 --transform='s,^,disk/,' \
            --file="$WORK/layer.tar" -C "$(dirname "$disk")" disk.qcow2
    fi
    docker import --change "LABEL org.opencontainers.image.title=$tag" \
        --change "LABEL org.opencontainers.image.description=KubeHV-$name-test-guest" \
        --change "LABEL org.opencontainers.image.licenses=Apache-2.0" \
        --change "LABEL io.kubehv.guest.source=$source" \
        "$WORK/layer.tar" "$tag" >/dev/null
    rm -rf "$WORK"
    [[ -z $old ]] || docker image rm "$old" >/dev/null 2>&1 || true
    say "$tag is $(docker image inspect -f '{{.Size}}' "$tag") bytes"
}
