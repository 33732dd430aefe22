# shellcheck shell=bash
# The guest that is not Linux: GNU Mach, the microkernel under the Hurd, with one task. (Debian 13
# has the kernel for amd64; the Hurd's servers are in Debian's ports only.)
# Nobody signed its loader: generation 2 needs Secure Boot off. And not more than 128 MiB of memory:
# GRUB puts what it loads near the end, and with more Mach says nothing or resets.
# Sourced by build.sh.

readonly MACH_PACKAGES=(gnumach-image-1.8-amd64-up grub-efi-amd64-bin)

# build_mach WORK OUT
build_mach() {
    local work=$1 out=$2
    install_packages binutils
    unpack_packages trixie "$work/root" "${BOOT_PACKAGES[@]}" "${MACH_PACKAGES[@]}"
    gzip -dc "$work"/root/boot/gnumach-*.gz >"$work/gnumach"
    as -o "$work/init.o" "$HERE/mach/init.S"
    ld -static --build-id=none -o "$work/init" "$work/init.o"
    make_esp "$work/esp.img" "$work/root"
    install_efi_multiboot_loader "$work/esp.img" "$work/root"
    mcopy -i "$work/esp.img" "$work/gnumach" "$work/init" ::
    add_grub_config "$work/esp.img" "$HERE/mach/grub.cfg"
    # Mach has no driver for the disk that it comes from, and no use for a partition.
    truncate -s 1M "$work/empty.img"
    assemble_disk "$work/disk.raw" empty "$work/esp.img" "$work/empty.img"
    install_bios_loader "$work/disk.raw" "$work/root" "$work" multiboot
    pack_disk "$work/disk.raw" "$out/disk.qcow2"
}

# install_efi_multiboot_loader ESP ROOT: in the place of the shim, as the signed GRUB loads Linux only
install_efi_multiboot_loader() {
    local esp=$1 root=$2
    local modules=(part_gpt fat normal configfile multiboot serial terminal echo test all_video)
    chroot "$root" grub-mkimage -O x86_64-efi -p /grub -o /tmp/loader.efi "${modules[@]}"
    mdel -i "$esp" ::EFI/BOOT/BOOTX64.EFI ::EFI/BOOT/grubx64.efi
    mcopy -i "$esp" "$root/tmp/loader.efi" ::EFI/BOOT/BOOTX64.EFI
}
