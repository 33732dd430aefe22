# shellcheck shell=bash
# What every build here shares: where things are kept, and Debian's packages as files.
# Sourced; the caller has set HERE.

# shellcheck source=../cluster/settings.sh
source "$HERE/../cluster/settings.sh"

# shellcheck disable=SC2034 # some are used only where this is sourced
readonly MIRROR=$KUBEHV_DEBIAN_MIRROR
readonly CACHE=$KUBEHV_CACHE/guests
readonly BUILD_TOOLS=(mmdebstrap mtools dosfstools e2fsprogs fdisk cpio zstd xz-utils qemu-utils)

say() { printf 'guests: %s (%d s)\n' "$*" "$SECONDS" >&2; }
die() { printf 'guests: %s\n' "$*" >&2 && exit 1; }

# install_packages PACKAGE...: those that are missing on this machine
install_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    apt-get -qq -o DPkg::Lock::Timeout=600 update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install -y \
        --no-install-recommends "${missing[@]}" >/dev/null
}

# What each of them is made from, files and folders; all of tiny's kind differ in a few lines.
readonly TINY_INPUTS='tiny.sh tiny disk.sh initrd.sh'
declare -rA INPUTS=([tiny]=$TINY_INPUTS [tiny-bookworm]=$TINY_INPUTS
    [nested]="nested.sh nested $TINY_INPUTS" [mach]='mach.sh mach disk.sh'
    [netboot]="netboot.sh netboot $TINY_INPUTS" [debian]='debian.sh debian disk.sh' [level1]='level1.sh level1 initrd.sh')

# inputs_hash NAME: changes with every file that NAME is made from
inputs_hash() {
    (
        cd "$HERE" || exit
        # shellcheck disable=SC2086 # one word a file
        find cache.sh ${INPUTS[$1]} -type f -print0 | sort -z |
            xargs -0 sha256sum | sha256sum | cut -c1-16
    )
}

# cached NAME: has build_NAME WORK OUT (_ for -) fill the folder OUT, once for each state of its
# inputs; prints that folder. The caller holds the lock.
cached() {
    local name=$1 target
    target=$CACHE/$name-$(inputs_hash "$name")
    if [[ ! -d $target ]]; then
        install_packages "${BUILD_TOOLS[@]}"
        # In the cache, so that the rename at the end is one of the same file system.
        WORK=$(mktemp -d "$CACHE/.$name.XXXXXX")
        trap 'rm -rf "$WORK"' EXIT
        say "building $name"
        mkdir "$WORK/out"
        "build_${name//-/_}" "$WORK" "$WORK/out"
        mv "$WORK/out" "$target"
        rm -rf "$WORK"
        # Other checkouts may use other versions: only what is old goes.
        find "$CACHE" -maxdepth 1 -regex ".*/$name-[0-9a-f]+" ! -path "$target" -mtime +7 -exec rm -rf {} +
        say "$name: $(du -sh "$target" | cut -f1) in $target"
    fi
    printf '%s\n' "$target"
}

# Two makes at once build once.
lock_cache() {
    ((EUID == 0)) || die "must run as root: it makes root file systems"
    mkdir -p "$CACHE"
    exec 8>"$CACHE/.lock"
    flock --nonblock 8 || say "waiting for another make that holds $CACHE/.lock"
    flock --timeout 3600 8 || die "still held after an hour; by whom: fuser -v $CACHE/.lock"
}

# unpack_packages SUITE ROOT PACKAGE...: with all that they need, but not configured, as no
# maintainer script is of use for taking files from them.
unpack_packages() {
    local suite=$1 root=$2 include
    shift 2
    include=$(IFS=,; printf '%s' "$*")
    # Links first, as base-files would make them, which need not be among the packages: up to
    # Debian 12, packages have files in /bin and /lib.
    # shellcheck disable=SC2016 # $1 is for the hook's shell
    mmdebstrap --quiet --mode=root --format=directory --variant=extract --include="$include" \
        --setup-hook='for name in bin sbin lib lib64; do
            mkdir -p "$1/usr/$name"; [ -e "$1/$name" ] || ln -s "usr/$name" "$1/$name"; done' \
        "$suite" "$root" "$MIRROR" 2>"$root.log" ||
        { cat "$root.log" >&2; die "packages could not be had from $MIRROR"; }
}
