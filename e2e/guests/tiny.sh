# shellcheck shell=bash
# The tiny guest: Debian's cloud kernel and an initrd with busybox, the guest agent and ext4's
# tools. Nothing is mounted at / but the initrd; a small ext4 partition keeps what tests write.
# Sourced by build.sh.

readonly TINY_PACKAGES=(qemu-guest-agent e2fsprogs)
# Programs that busybox has not, copied with their libraries.
readonly TINY_PROGRAMS=(/usr/sbin/qemu-ga /usr/sbin/mke2fs /usr/sbin/e2fsck /usr/sbin/resize2fs)

# build_tiny WORK OUT
build_tiny() {
    local work=$1 out=$2
    unpack_packages "$work/root" "${BOOT_PACKAGES[@]}" "${INITRD_PACKAGES[@]}" \
        "${TINY_PACKAGES[@]}"
    tiny_initrd "$work/root" "$work/initrd" "$work/initrd.zst"
    make_esp "$work/esp.img" "$work/root"
    mcopy -i "$work/esp.img" "$work"/root/boot/vmlinuz-* ::vmlinuz
    mcopy -i "$work/esp.img" "$work/initrd.zst" ::initrd
    add_grub_config "$work/esp.img" "$HERE/tiny/grub.cfg"
    truncate -s 16M "$work/state.img"
    mke2fs -q -t ext4 -m 0 -J size=1 -E lazy_itable_init=0 -L tiny-state "$work/state.img"
    assemble_disk "$work/disk.raw" tiny-state "$work/esp.img" "$work/state.img"
    install_bios_loader "$work/disk.raw" "$work/root" "$work"
    pack_disk "$work/disk.raw" "$out/disk.qcow2"
}

# tiny_initrd ROOT TREE FILE
tiny_initrd() {
    local root=$1 tree=$2 file=$3
    start_initrd "$root" "$tree"
    add_programs "$root" "$tree" "${TINY_PROGRAMS[@]}"
    add_modules "$root" "$tree" "$HERE/tiny/modules"
    tiny_files "$tree"
    pack_initrd "$tree" "$file"
}

tiny_files() {
    local tree=$1
    mkdir -p "$tree"/{data,seed,etc/acpi/PWRF,www}
    cp "$HERE"/tiny/{boot,stop,facts,lease} "$tree/etc/"
    cp "$HERE/tiny/modules" "$HERE/tiny/inittab" "$HERE"/tiny/{passwd,issue,os-release} "$tree/etc/"
    cp -r "$HERE/tiny/cgi-bin" "$tree/www/cgi-bin"
    cp "$HERE/tiny/shutdown" "$tree/usr/sbin/shutdown"
    printf 'hosts: files dns\n' >"$tree/etc/nsswitch.conf"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$tree/etc/hosts"
    printf 'root:x:0:\n' >"$tree/etc/group"
    ln -s ../../../usr/sbin/shutdown "$tree/etc/acpi/PWRF/00000080"
    ln -s usr/bin/init "$tree/init"
    chmod -R a+rX "$tree"
    chmod 755 "$tree"/etc/{boot,stop,facts,lease} "$tree"/www/cgi-bin/* "$tree/usr/sbin/shutdown"
}
