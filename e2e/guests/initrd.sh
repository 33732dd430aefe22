# shellcheck shell=bash
# Makes an initrd out of unpacked packages: busybox, some programs, some modules, files.
# Sourced.

# What the functions below want in ROOT
# shellcheck disable=SC2034 # used where this is sourced
# (liblzma5: kmod opens it only when it meets a packed module)
readonly INITRD_PACKAGES=(linux-image-cloud-amd64 kmod liblzma5 busybox-static)

# start_initrd ROOT TREE: folders and busybox
start_initrd() {
    local root=$1 tree=$2 directory
    mkdir -p "$tree"/{dev,proc,sys,run,tmp,root,etc,usr/{bin,sbin,lib,lib64}}
    for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$tree/$directory"; done
    cp "$root/usr/bin/busybox" "$tree/usr/bin/busybox"
    chroot "$tree" /usr/bin/busybox --install -s /usr/bin
}

# add_programs ROOT TREE PROGRAM...: with the libraries that the loader names. (The lists come in
# variables, as an error in <(...) goes unseen: the initrd would lack what was not listed.)
add_programs() {
    local root=$1 tree=$2 program libraries library
    shift 2
    for program in "$@"; do
        # busybox has smaller ones of the same name
        rm -f "$tree/usr/bin/${program##*/}"
        cp "$root$program" "$tree$program"
        libraries=$(chroot "$root" /lib64/ld-linux-x86-64.so.2 --list "$program" |
            grep -o '/[^ ]*\.so[^ ]*')
        for library in $libraries; do
            mkdir -p "$tree${library%/*}"
            cp -L "$root$library" "$tree$library"
        done
    done
}

# add_modules ROOT TREE LIST: the modules in the file LIST and what they need, unpacked (Debian 12's
# are already), which is less to do at every boot
add_modules() {
    local root=$1 tree=$2 list=$3 version module files file
    version=$(basename "$root"/usr/lib/modules/*)
    chroot "$root" depmod "$version"
    while read -r module; do
        # What is built into the kernel has no line of this kind.
        files=$(chroot "$root" modprobe -S "$version" --show-depends "$module" |
            sed -n 's/^insmod \([^ ]*\).*/\1/p')
        for file in $files; do
            mkdir -p "$tree${file%/*}"
            case $file in
            *.xz) xz -dc "$root$file" >"$tree${file%.xz}" ;;
            *) cp "$root$file" "$tree$file" ;;
            esac
        done
    done < <(grep -v '^#' "$list")
    cp "$root/usr/lib/modules/$version"/modules.{builtin,order} "$tree/usr/lib/modules/$version/"
    chroot "$tree" depmod "$version"
}

# pack_initrd TREE FILE
pack_initrd() {
    local tree=$1 file=$2
    (cd "$tree" && find . -print0 | sort -z |
        cpio --null --quiet --create --format=newc --owner=0:0 --reproducible) |
        zstd -q -19 -o "$file"
}
