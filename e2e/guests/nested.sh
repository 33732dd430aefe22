# shellcheck shell=bash
# The guest that is a hypervisor itself: tiny, with a QEMU, a kernel and an initrd on its partition,
# which it runs with KVM once it has booted.
# Sourced by build.sh.

readonly NESTED_PACKAGES=(qemu-system-x86 seabios)
# What the machine needs that level2 starts.
readonly NESTED_FIRMWARE=(seabios/bios-256k.bin qemu/kvmvapic.bin qemu/linuxboot_dma.bin
    qemu/pvh.bin)

# build_nested WORK OUT
build_nested() {
    local work=$1 out=$2
    unpack_packages trixie "$work/root" "${BOOT_PACKAGES[@]}" "${INITRD_PACKAGES[@]}" \
        "${TINY_PACKAGES[@]}" "${NESTED_PACKAGES[@]}"
    tiny_initrd trixie "$work/root" "$work/initrd"
    nested_files "$work/root" "$work/initrd"
    level2_root "$work/root" "$work/state/level2" "$work/level2"
    tiny_disk "$work" 80M "$out/disk.qcow2"
}

# nested_files ROOT TREE: what the initrd has more than tiny's
nested_files() {
    local root=$1 tree=$2
    add_modules "$root" "$tree" "$HERE/nested/modules"
    cat "$HERE/nested/inittab" >>"$tree/etc/inittab"
    install -m 755 "$HERE/nested/level2" "$tree/etc/level2"
}

# level2_root ROOT TREE INITRD: all that QEMU needs, for a chroot
level2_root() {
    local root=$1 tree=$2 initrd=$3 file
    mkdir -p "$tree"/{dev,tmp,usr/{bin,lib,lib64,share/{qemu,seabios}}}
    for file in bin lib lib64; do ln -s "usr/$file" "$tree/$file"; done
    add_programs "$root" "$tree" /usr/bin/qemu-system-x86_64
    for file in "${NESTED_FIRMWARE[@]}"; do
        cp -L "$root/usr/share/$file" "$tree/usr/share/$file"
    done
    cp "$root"/boot/vmlinuz-* "$tree/vmlinuz"
    start_initrd "$root" "$initrd"
    install -m 755 "$HERE/nested/init" "$initrd/init"
    pack_initrd "$initrd" "$tree/initrd"
}
