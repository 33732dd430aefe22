#!/usr/bin/env bash
# Installs what is missing on this machine and says where it is.
#   tools.sh       installs Debian packages, a JDK and Go
#   tools.sh java  prints the home of a JDK >= 25, which it fetches if need be
#   tools.sh go    prints the folder of a `go` that is new enough to fetch what a module asks for; likewise
#   tools.sh kubectl  makes sure that there is one; compiled where it is missing
#   tools.sh env   prints lines for eval: JAVA_HOME, and a PATH with both and our own programs
set -euo pipefail
. "$(dirname "$0")/settings.sh"

PACKAGES=(ca-certificates curl git jq gcc libc6-dev make maven mmdebstrap unzip docker.io iptables xz-utils
  xfsprogs e2fsprogs mtools dosfstools fdisk cpio qemu-utils qemu-system-x86 ovmf seabios
  nftables dnsmasq-base iproute2 iputils-ping procps strace)
JDK_WANTED=25
GO_FETCHED=go1.25.3 # fetches a newer toolchain by itself where a module asks for one

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get > /dev/null || fail "please install: ${missing[*]}"
    say "installing ${missing[*]}"
    apt update
    apt install --no-install-recommends "${missing[@]}"
  fi
  install_docker_command
}

# A new machine's own upgrades may hold the lock for minutes.
apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 "$@" >&2; }

# Since Debian 13 docker.io only recommends it; before, there is no such package, and it is in docker.io.
install_docker_command() {
  ! command -v docker > /dev/null || return 0
  apt-cache show docker-cli > /dev/null 2>&1 || { apt update && apt-cache show docker-cli > /dev/null 2>&1; } \
    || fail "there is no docker command: please install one"
  say "installing docker-cli"
  apt install --no-install-recommends docker-cli
}

missing_packages() {
  local package
  for package in "${PACKAGES[@]}"; do
    [ "$package" = docker.io ] && command -v dockerd > /dev/null && continue
    dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || echo "$package"
  done
}

java_major() { "$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java\.specification\.version = //p'; }

is_jdk() { [ -x "$1/bin/javac" ] && [ -x "$1/bin/jlink" ] && [ "$(java_major "$1")" -ge "$JDK_WANTED" ]; }

find_jdk() {
  local home on_path
  on_path=$(readlink -f "$(command -v javac || true)")
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* "${on_path%/bin/javac}" "$KUBEHV_CACHE"/jdk/*; do
    if [ -n "$home" ] && is_jdk "$home" 2> /dev/null; then
      echo "$home"
      return
    fi
  done
  return 1
}

# Debian 13 has a JDK 25 to install. Its build does not run on an older C library; there it is Adoptium's.
install_jdk() {
  local package=openjdk-$JDK_WANTED-jdk-headless
  if apt-cache show "$package" > /dev/null 2>&1; then
    say "no JDK $JDK_WANTED found: installing Debian's"
    apt install --no-install-recommends "$package"
  else
    say "no JDK $JDK_WANTED found: fetching Adoptium's"
    start_work
    fetch -o "$WORK/jdk.tar.gz" \
      "https://api.adoptium.net/v3/binary/latest/$JDK_WANTED/ga/linux/x64/jdk/hotspot/normal/eclipse"
    mkdir "$WORK/jdk"
    tar -C "$WORK/jdk" --strip-components=1 -xzf "$WORK/jdk.tar.gz"
    put "$WORK/jdk" "$KUBEHV_CACHE/jdk/$JDK_WANTED"
  fi
}

# What is fetched is unpacked in a folder of its own in the cache and then renamed: half a JDK would be taken for one.
start_work() {
  WORK=$(mktemp -d -p "$KUBEHV_CACHE")
  trap 'rm -rf "$WORK"' EXIT
}

put() {
  mkdir -p "$(dirname "$2")"
  rm -rf "$2"
  mv -T "$1" "$2"
  rm -rf "$WORK"
}

jdk_home() {
  ! find_jdk || return 0
  lock tools
  ! find_jdk || return 0 # another make has fetched it meanwhile
  install_jdk
  find_jdk || fail "no JDK >= $JDK_WANTED: install one and set JAVA_HOME"
}

go_is_new() {
  local version
  version=$("$1" env GOVERSION 2> /dev/null) || return 1
  [ "$(printf '%s\ngo1.21\n' "$version" | sort -V | head -1)" = go1.21 ]
}

find_go() {
  local go
  for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go-*/bin/go "$KUBEHV_CACHE/go-toolchain/bin/go"; do
    if [ -n "$go" ] && go_is_new "$go"; then
      dirname "$go"
      return
    fi
  done
  return 1
}

# The module proxy serves toolchains too, so a machine that can build needs no other server.
install_go() {
  local name=golang.org/toolchain@v0.0.1-$GO_FETCHED.linux-amd64
  say "no Go found: fetching $GO_FETCHED"
  start_work
  fetch -o "$WORK/go.zip" "https://proxy.golang.org/golang.org/toolchain/@v/${name##*@}.zip"
  unzip -q "$WORK/go.zip" -d "$WORK"
  chmod -R u+w,a+rX "$WORK/$name"
  chmod +x "$WORK/$name"/bin/* "$WORK/$name"/pkg/tool/*/*
  put "$WORK/$name" "$KUBEHV_CACHE/go-toolchain"
}

go_bin() {
  ! find_go || return 0
  lock tools
  ! find_go || return 0
  install_go
  find_go || fail "no Go >= 1.21: install one"
}

# Compiled, as Debian 12's is far too old for the clusters that KubeHV needs.
ensure_kubectl() {
  local target=$BIN/kubectl-$KUBERNETES_VERSION
  ! command -v kubectl > /dev/null || return 0
  PATH=$(go_bin):$PATH # before the lock, which it takes itself
  lock tools
  say "no kubectl found: compiling $KUBERNETES_VERSION"
  (cd "$SCRIPTS/go/kubernetes" && go build -ldflags "$(kubernetes_flags)" -o "$target.new" k8s.io/kubernetes/cmd/kubectl)
  mv "$target.new" "$target"
  ln -sf "${target##*/}" "$BIN/kubectl"
}

print_environment() {
  local jdk go
  jdk=$(jdk_home)
  go=$(go_bin)
  # shellcheck disable=SC2016  # for the caller to expand
  printf 'export JAVA_HOME=%q\nexport PATH=%q:%q:%q:"$PATH"\n' "$jdk" "$BIN" "$jdk/bin" "$go"
}

mkdir -p "$BIN"
case ${1:-all} in
  java) jdk_home ;;
  go) go_bin ;;
  kubectl) ensure_kubectl ;;
  env) print_environment ;;
  all)
    install_packages
    jdk_home
    go_bin
    ;;
  *) fail "usage: tools.sh [java|go|kubectl|env]" ;;
esac
