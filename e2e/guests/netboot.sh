# shellcheck shell=bash
# What a boot server serves: the tiny guest for firmware that has no disk. Shim and GRUB as Debian signed them, for UEFI;
# a script for the iPXE in a BIOS's adapter; kernel and initrd for both. Packed as an image that copies them to /boot.
# Sourced by build.sh.

# build_netboot WORK OUT
build_netboot() {
    local work=$1 out=$2 tree=$1/tree
    unpack_packages trixie "$work/root" "${BOOT_PACKAGES[@]}" "${INITRD_PACKAGES[@]}" \
        "${TINY_PACKAGES[@]}"
    tiny_initrd trixie "$work/root" "$work/initrd"
    mkdir -p "$tree"/{bin,boot,files/grub}
    cp "$work/root/usr/bin/busybox" "$tree/bin/busybox"
    pack_initrd "$work/initrd" "$tree/files/initrd"
    cp "$work"/root/boot/vmlinuz-* "$tree/files/vmlinuz"
    cp "$work/root/usr/lib/shim/shimx64.efi.signed" "$tree/files/shimx64.efi"
    # What shim looks for beside itself; this one finds its files where it came from.
    cp "$work/root/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed" "$tree/files/grubx64.efi"
    cp "$HERE/tiny/grub.cfg" "$tree/files/grub/grub.cfg"
    cp "$HERE/netboot/boot.ipxe" "$tree/files/boot.ipxe"
    # A loader that nobody has signed: as good as Debian's, but for one letter.
    sed 's/UEFI SHIM/UEFI SHAM/' "$tree/files/shimx64.efi" >"$tree/files/unsigned.efi"
    ! cmp -s "$tree/files/shimx64.efi" "$tree/files/unsigned.efi" || die "shim has no banner to change"
    tar --create --owner=0 --group=0 --mtime=@0 --file="$out/layer.tar" -C "$tree" .
}
