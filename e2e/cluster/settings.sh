#!/usr/bin/env bash
# Sourced by the other scripts: versions, places, names, and what they all need.
# shellcheck disable=SC2034  # the sourcing script uses them

# Else an error inside $(...) goes unseen, and what it leaves half made is taken for whole.
shopt -s inherit_errexit

KUBERNETES_VERSION=v1.34.4
ETCD_VERSION=3.6.5
PAUSE_VERSION=3.10.1
COREDNS_VERSION=v1.12.3
KIND_VERSION=v0.33.0
# The published node image of the same minor release, for machines that can pull it.
KIND_NODE_IMAGE=${KIND_NODE_IMAGE:-kindest/node:v1.34.3}

# The versions in go.mod of go/sidecars and go/snapshotter, which need different ones of what they share.
SIDECAR_IMAGES=(registry.k8s.io/sig-storage/csi-provisioner:v6.3.0 registry.k8s.io/sig-storage/csi-resizer:v2.2.0
  registry.k8s.io/sig-storage/csi-snapshotter:v8.7.0 registry.k8s.io/sig-storage/snapshot-controller:v8.7.0)
CSI_SANITY_VERSION=v5.6.0
# For the tests only: a driver that is not ours.
HOSTPATH_VERSION=v1.17.1

PULL_TIMEOUT=900
# Longer than the longest step, which is the node image.
LOCK_TIMEOUT=3600

# Where everything that is made from Debian's packages gets them; this machine's own come from where its apt gets them.
KUBEHV_DEBIAN_MIRROR=${KUBEHV_DEBIAN_MIRROR:-http://deb.debian.org/debian}

CLUSTER_NAME=${CLUSTER_NAME:-kubehv}
CLUSTER_WORKERS=${CLUSTER_WORKERS:-2}
KUBE_CONTEXT=kind-$CLUSTER_NAME

KUBEHV_CACHE=${KUBEHV_CACHE:-$HOME/.cache/kubehv}
BIN=$KUBEHV_CACHE/bin
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROJECT=$(cd "$SCRIPTS/../.." && pwd)
export KUBEHV_CACHE PATH="$BIN:$PATH"

# Every Go program is built with the same flags, so that all share one build cache.
export CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false'
# The classic builder is in every Docker engine; BuildKit needs a plug-in that Debian does not have.
export DOCKER_BUILDKIT=0

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# lock NAME: one at a time, for as long as this script or what it starts has descriptor 9. So what goes on for itself, and a
# script with a lock of its own, is started with 9>&-.
lock() {
  mkdir -p "$KUBEHV_CACHE"
  exec 9> "$KUBEHV_CACHE/$1.lock"
  flock --nonblock 9 && return
  say "waiting for another make that holds $KUBEHV_CACHE/$1.lock"
  flock --timeout "$LOCK_TIMEOUT" 9 || fail "still held after $LOCK_TIMEOUT s; by whom: fuser -v $KUBEHV_CACHE/$1.lock"
}

# Gives up on a server that does not answer, or sends next to nothing.
fetch() { curl -fsSL --connect-timeout 15 --speed-time 60 --speed-limit 1000 --retry 3 "$@"; }

# go_install PACKAGE VERSION: into bin/. Apart at first: half a program must not stand under its name, and Go would write
# another version through the link into the file of this one.
go_install() {
  local name=${1##*/} work
  [ -x "$BIN/$name-$2" ] || {
    work=$(mktemp -d -p "$KUBEHV_CACHE")
    GOBIN=$work go install -ldflags '-s -w' "$1@$2"
    mv "$work/$name" "$BIN/$name-$2"
    rmdir "$work"
  }
  ln -sf "$name-$2" "$BIN/$name"
}

# go_build MODULE OUTPUT FLAGS PACKAGE…: programs of a module in go/, in one call, with flags for the linker.
go_build() {
  local module=$1 output=$2 flags=$3
  shift 3
  (cd "$SCRIPTS/go/$module" && go build -ldflags "$flags" -o "$output" "$@")
}

# A short name for the contents of files and strings: equal inputs, equal name.
fingerprint() { cat "$@" | sha256sum | cut -c1-12; }

nodes() { kind get nodes --name "$CLUSTER_NAME" 2> /dev/null; }

engine_answers() { timeout 10 docker info > /dev/null 2>&1; }

image_exists() { docker image inspect "$1" > /dev/null 2>&1; }

# Answers whether a registry serves this image, within seconds also where packets vanish.
can_pull() { timeout 15 docker manifest inspect "$1" > /dev/null 2>&1; }

# Gets an image from its registry. Says no within seconds where none answers, and in the end also to one that is too slow
# to be of use: then the caller makes the image.
pull() { can_pull "$1" && say "pulling $1" && timeout -k 10 "$PULL_TIMEOUT" docker pull -q "$1" >&2; }

# What `kubectl version` prints; without it kubeadm does not know which release it is.
kubernetes_flags() {
  local package minor=${KUBERNETES_VERSION#v1.}
  printf '%s' '-s -w'
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    printf ' -X %s' "$package.gitVersion=$KUBERNETES_VERSION" "$package.gitMajor=1" "$package.gitMinor=${minor%%.*}"
  done
}
