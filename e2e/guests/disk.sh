# shellcheck shell=bash
# Makes a raw disk that BIOS and UEFI both boot, with files only: no loop device, no mount.
#
#   LBA 2048   BIOS boot partition, 1 MiB: GRUB's core image, found by sector number
#   LBA 4096   ESP, 32 MiB
#   after it   one Linux partition
#
# Sourced by build.sh.

readonly SECTOR=512
readonly BIOS_BOOT_START=2048
readonly ESP_START=4096
readonly ESP_SECTORS=$((32 * 2048))
readonly LINUX_START=$((ESP_START + ESP_SECTORS))

# What the functions below want in ROOT
# shellcheck disable=SC2034 # the guests' files use it
readonly BOOT_PACKAGES=(grub-common grub-pc-bin grub-efi-amd64-signed shim-signed)

# little_endian VALUE BYTES: the number as binary on stdout
little_endian() {
    local value=$1 bytes=$2 escaped=''
    while ((bytes-- > 0)); do
        escaped+=$(printf '\\x%02x' $((value & 255)))
        value=$((value >> 8))
    done
    printf '%b' "$escaped"
}

# patch FILE OFFSET: overwrites bytes in the middle of a file with stdin
patch() {
    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# write_at DISK SECTOR FILE
write_at() {
    dd if="$3" of="$1" bs=64K seek=$(($2 * SECTOR)) oflag=seek_bytes conv=notrunc,sparse status=none
}

# make_esp IMAGE ROOT: a FAT file system with shim and GRUB as the removable-media loader.
# FAT16, because OVMF does not find a FAT32 this small.
make_esp() {
    local image=$1 root=$2
    truncate -s $((ESP_SECTORS * SECTOR)) "$image"
    mkfs.vfat -F 16 -n ESP "$image" >/dev/null
    mmd -i "$image" ::EFI ::EFI/BOOT ::EFI/debian ::grub
    mcopy -i "$image" "$root/usr/lib/shim/shimx64.efi.signed" ::EFI/BOOT/BOOTX64.EFI
    mcopy -i "$image" "$root/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" \
        ::EFI/BOOT/grubx64.efi
}

# add_grub_config ESP FILE: GRUB signed by Debian looks in EFI/debian, the BIOS one in /grub
add_grub_config() {
    mcopy -i "$1" "$2" ::EFI/debian/grub.cfg
    mcopy -i "$1" "$2" ::grub/grub.cfg
}

# install_bios_loader DISK ROOT WORK [MODULE...]: what grub-bios-setup does, which wants a block
# device. MODULEs are GRUB's beyond those that a Linux kernel needs.
install_bios_loader() {
    local disk=$1 root=$2 work=$3
    local modules=(biosdisk part_gpt fat ext2 normal configfile linux serial terminal echo test
        search search_fs_uuid search_label "${@:4}")
    # "(,gpt2)" has no drive in it: GRUB puts in the one it was booted from, so that a clone of
    # the disk beside the disk does no harm.
    chroot "$root" grub-mkimage -O i386-pc -p '(,gpt2)/grub' -o /tmp/core.img "${modules[@]}"
    mv "$root/tmp/core.img" "$work/core.img"
    cp "$root/usr/lib/grub/i386-pc/boot.img" "$work/boot.img"

    local sectors
    sectors=$((($(stat -c %s "$work/core.img") + SECTOR - 1) / SECTOR))
    ((sectors <= ESP_START - BIOS_BOOT_START)) || die "GRUB's core image is too large"
    # boot.img: sector of core.img at 0x5c; two NOPs at 0x66 so that the BIOS's drive number is kept
    little_endian "$BIOS_BOOT_START" 8 | patch "$work/boot.img" $((0x5c))
    printf '\x90\x90' | patch "$work/boot.img" $((0x66))
    # core.img's first sector loads the rest: start (8 bytes) and length (2 bytes) at 0x1f4
    little_endian $((BIOS_BOOT_START + 1)) 8 | patch "$work/core.img" $((0x1f4))
    little_endian $((sectors - 1)) 2 | patch "$work/core.img" $((0x1fc))

    # 440 bytes: what follows in the first sector is the partition table's
    dd if="$work/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
    write_at "$disk" "$BIOS_BOOT_START" "$work/core.img"
}

# assemble_disk DISK LABEL ESP LINUX: the partition table and both file systems
assemble_disk() {
    local disk=$1 label=$2 esp=$3 linux=$4 linux_sectors
    linux_sectors=$(($(stat -c %s "$linux") / SECTOR))
    # 2048 sectors at the end hold the second copy of the table
    truncate -s $(((LINUX_START + linux_sectors + 2048) * SECTOR)) "$disk"
    sfdisk --quiet "$disk" <<TABLE
label: gpt
start=$BIOS_BOOT_START, size=$((ESP_START - BIOS_BOOT_START)), type=21686148-6449-6E6F-744E-656564454649, name=bios-boot
start=$ESP_START, size=$ESP_SECTORS, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
start=$LINUX_START, size=$linux_sectors, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name=$label
TABLE
    write_at "$disk" "$ESP_START" "$esp"
    write_at "$disk" "$LINUX_START" "$linux"
}

# pack_disk RAW QCOW2
pack_disk() {
    qemu-img convert -f raw -O qcow2 -c -o compression_type=zlib "$1" "$2"
}
