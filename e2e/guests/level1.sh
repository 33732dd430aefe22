# shellcheck shell=bash
# Level 1 of nested virtualization: a kernel with KVM and an initrd that runs a job in a container
# image's root file system. Sourced by l1.sh.

# build_level1 WORK OUT
build_level1() {
    local work=$1 out=$2
    unpack_packages trixie "$work/packages" "${INITRD_PACKAGES[@]}"
    start_initrd "$work/packages" "$work/initrd"
    add_modules "$work/packages" "$work/initrd" "$HERE/level1/modules"
    cp "$HERE/level1/modules" "$work/initrd/etc/modules"
    cp "$HERE/level1/init" "$work/initrd/init"
    pack_initrd "$work/initrd" "$out/initrd"
    cp "$work"/packages/boot/vmlinuz-* "$out/vmlinuz"
}

# level1_root IMAGE: prints the path of a raw ext4 disk with the image's files, made once for each
# state of the image
level1_root() {
    local image=$1 id target container
    id=$(docker image inspect -f '{{.Id}}' "$image") || die "there is no image $image: make images"
    target=$CACHE/level1-root-${id:7:16}.img
    if [[ ! -f $target ]]; then
        say "unpacking $image for level 1"
        WORK=$(mktemp -d "$CACHE/.level1-root.XXXXXX")
        trap 'rm -rf "$WORK"' EXIT
        mkdir "$WORK/root"
        container=$(docker create --entrypoint /bin/true "$image")
        docker export "$container" | tar -x -C "$WORK/root"
        docker rm "$container" >/dev/null
        # Room for what a job writes
        truncate -s 3G "$WORK/root.img"
        mke2fs -q -t ext4 -m 0 -E lazy_itable_init=1 -d "$WORK/root" "$WORK/root.img"
        mv "$WORK/root.img" "$target"
        rm -rf "$WORK"
        # Half a gigabyte for each build of the image
        find "$CACHE" -maxdepth 1 -name 'level1-root-*' ! -path "$target" -mmin +60 -delete
    fi
    printf '%s\n' "$target"
}
