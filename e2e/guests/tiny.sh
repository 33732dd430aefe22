# shellcheck shell=bash
# The tiny guests: a Debian release's cloud kernel and an initrd with busybox, the guest agent and
# ext4's tools. Nothing is mounted at / but the initrd; a small ext4 partition keeps what tests write.
# Sourced by build.sh.

readonly TINY_PACKAGES=(qemu-guest-agent e2fsprogs)
# Programs that busybox has not, copied with their libraries.
readonly TINY_PROGRAMS=(/usr/sbin/qemu-ga /usr/sbin/mke2fs /usr/sbin/e2fsck /usr/sbin/resize2fs)

# The suites that there is a tiny guest of, and the Debian release that each one is.
declare -rA TINY_SUITES=([trixie]=13 [bookworm]=12)

# build_tiny WORK OUT
build_tiny() { build_tiny_of trixie "$@"; }

# An older kernel: two versions of Linux can run side by side.
build_tiny_bookworm() { build_tiny_of bookworm "$@"; }

# build_tiny_of SUITE WORK OUT
build_tiny_of() {
    local suite=$1 work=$2 out=$3
    unpack_packages "$suite" "$work/root" "${BOOT_PACKAGES[@]}" "${INITRD_PACKAGES[@]}" \
        "${TINY_PACKAGES[@]}"
    tiny_initrd "$suite" "$work/root" "$work/initrd"
    mkdir "$work/state"
    tiny_disk "$work" 16M "$out/disk.qcow2"
}

# tiny_disk WORK SIZE QCOW2: of WORK's folders root, initrd and state, which are the packages, the
# initrd's files and what the partition of SIZE has at first
tiny_disk() {
    local work=$1 size=$2 disk=$3
    make_esp "$work/esp.img" "$work/root"
    mcopy -i "$work/esp.img" "$work"/root/boot/vmlinuz-* ::vmlinuz
    pack_initrd "$work/initrd" "$work/initrd.zst"
    mcopy -i "$work/esp.img" "$work/initrd.zst" ::initrd
    add_grub_config "$work/esp.img" "$HERE/tiny/grub.cfg"
    truncate -s "$size" "$work/state.img"
    mke2fs -q -t ext4 -m 0 -J size=1 -E lazy_itable_init=0 -L tiny-state \
        -d "$work/state" "$work/state.img"
    assemble_disk "$work/disk.raw" tiny-state "$work/esp.img" "$work/state.img"
    install_bios_loader "$work/disk.raw" "$work/root" "$work"
    pack_disk "$work/disk.raw" "$disk"
}

# tiny_initrd SUITE ROOT TREE
tiny_initrd() {
    local suite=$1 root=$2 tree=$3
    start_initrd "$root" "$tree"
    add_programs "$root" "$tree" "${TINY_PROGRAMS[@]}"
    tiny_files "$tree"
    [[ ! -f $HERE/tiny/modules.$suite ]] || cat "$HERE/tiny/modules.$suite" >>"$tree/etc/modules"
    add_modules "$root" "$tree" "$tree/etc/modules"
    sed -i "s/@RELEASE@/${TINY_SUITES[$suite]}/" "$tree/etc/os-release"
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
