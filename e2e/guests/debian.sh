# shellcheck shell=bash
# The Debian guest: an ordinary Debian 13 with systemd, cloud-init, the guest agent and sshd.
# Sourced by build.sh.

readonly DEBIAN_PACKAGES=(linux-image-cloud-amd64 initramfs-tools zstd systemd-sysv systemd-resolved
    udev dbus cloud-init cloud-guest-utils fdisk qemu-guest-agent openssh-server sudo e2fsprogs
    iproute2 iputils-ping ca-certificates curl less procps kmod
    # What asks a machine about itself: firmware, Secure Boot, TPM, PCI
    efivar efibootmgr mokutil tpm2-tools pciutils)
# What would ask questions on the console, or make an idle machine work.
readonly DEBIAN_MASKED=(systemd-firstboot.service apt-daily.timer apt-daily-upgrade.timer
    e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer)
readonly DEBIAN_SUITE=trixie
readonly DEBIAN_ROOT_SIZE=2500M
readonly DEBIAN_ROOT_UUID=6b756265-6876-4000-8000-64656269616e

# build_debian WORK OUT
build_debian() {
    local work=$1 out=$2
    unpack_packages "$DEBIAN_SUITE" "$work/boot" "${BOOT_PACKAGES[@]}"
    debian_root "$work/root"
    make_esp "$work/esp.img" "$work/boot"
    sed "s/@UUID@/$DEBIAN_ROOT_UUID/" "$HERE/debian/grub.cfg" >"$work/grub.cfg"
    add_grub_config "$work/esp.img" "$work/grub.cfg"
    truncate -s "$DEBIAN_ROOT_SIZE" "$work/root.img"
    # Without the two newest features, which not every GRUB reads.
    mke2fs -q -t ext4 -m 1 -O ^metadata_csum_seed,^orphan_file -U "$DEBIAN_ROOT_UUID" -L debian-root \
        -d "$work/root" "$work/root.img"
    assemble_disk "$work/disk.raw" debian-root "$work/esp.img" "$work/root.img"
    install_bios_loader "$work/disk.raw" "$work/boot" "$work"
    say "compressing debian"
    pack_disk "$work/disk.raw" "$out/disk.qcow2"
}

# debian_root ROOT: configuration goes in before the packages are configured, so that the initrd is
# made once and with what it says.
debian_root() {
    local root=$1 include
    include=$(IFS=,; printf '%s' "${DEBIAN_PACKAGES[*]}")
    say "installing Debian's packages"
    # shellcheck disable=SC2016 # $1 is for the hook's shell
    mmdebstrap --quiet --mode=root --format=directory --variant=minbase --include="$include" \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --essential-hook="copy-in $HERE/debian/etc /" \
        --customize-hook="chroot \"\$1\" systemctl -q enable systemd-networkd systemd-resolved" \
        --customize-hook="chroot \"\$1\" systemctl -q mask ${DEBIAN_MASKED[*]}" \
        "$DEBIAN_SUITE" "$root" "$MIRROR" 2>"$root.log" ||
        { cat "$root.log" >&2; die "Debian could not be installed from $MIRROR"; }
    debian_identity "$root"
}

# Nothing in the image may be the same in all machines made from it.
debian_identity() {
    local root=$1
    : >"$root/etc/machine-id"
    rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/etc/resolv.conf"
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/*.log
    ln -s ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
    printf 'debian\n' >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' >"$root/etc/hosts"
    # Says that /etc and /var are as new as /usr: no ldconfig and no catalogue at the first boot.
    touch "$root/etc/.updated" "$root/var/.updated"
    printf 'deb %s %s main\n' http://deb.debian.org/debian "$DEBIAN_SUITE" >"$root/etc/apt/sources.list"
}
