#!/usr/bin/env bash
# Prints the name of a Kind node image that is present in the engine: the published one where it can be pulled, else
# one that is built from Go modules and Debian packages alone. Also puts `kind` and `kubectl` into the cache's bin.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

NODE=$KUBEHV_CACHE/node
PATH=$("$SCRIPTS/tools.sh" go):$PATH
ROOT_IMAGE=kubehv/node-root:local
REGISTRY=registry.k8s.io
CONTROL_PLANE=(kube-apiserver kube-controller-manager kube-scheduler)
ROOT_PACKAGES=systemd,dbus,conntrack,iptables,ebtables,ipset,nftables,iproute2,ethtool,util-linux,mount,kmod,libseccomp2
ROOT_PACKAGES+=,pigz,e2fsprogs,xfsprogs,bash,ca-certificates,curl,jq,procps,containerd,runc,containernetworking-plugins
ROOT_PACKAGES+=,hostname,findutils,socat

# ---- programs ----------------------------------------------------------------------------------------------------

# One call builds all programs of the module in this folder of go/.
build_module() {
  say "compiling $1"
  (cd "$SCRIPTS/go/$1" && go build -ldflags "$2" -o "$NODE/bin/" "$3")
}

build_programs() {
  mkdir -p "$NODE/bin"
  build_module kubernetes "$(kubernetes_flags)" tool
  build_module etcd '-s -w' tool
  mv "$NODE/bin/server" "$NODE/bin/etcd"
  build_module coredns '-s -w' .
  build_pause
}

# The process that holds a pod's namespaces: it waits, and reaps what is handed to it.
build_pause() {
  gcc -O2 -static -o "$NODE/bin/pause" "$SCRIPTS/pause.c"
}

# ---- images ------------------------------------------------------------------------------------------------------

build_root() {
  if ! image_exists "$ROOT_IMAGE"; then
    say "unpacking Debian packages"
    # By way of a file: what comes out of a failed mmdebstrap would be imported too, and be taken for whole ever after.
    mmdebstrap --quiet --variant=minbase --include="$ROOT_PACKAGES" bookworm "$work/root.tar" \
      "$KUBEHV_DEBIAN_MIRROR"
    docker import "$work/root.tar" "$ROOT_IMAGE" > /dev/null
    rm "$work/root.tar"
  fi
}

# An image of one program, saved for the node's own store.
component_image() {
  local name=$1 program=$2 path=$3 base=$4 context
  context=$(mktemp -d -p "$work")
  ln "$NODE/bin/$program" "$context/$program"
  cat > "$context/Dockerfile" <<DOCKERFILE
FROM $base
COPY $program $path
ENTRYPOINT ["$path"]
DOCKERFILE
  docker build -q -t "$REGISTRY/$name" "$context" > /dev/null 2>&1
  docker save "$REGISTRY/$name" -o "$work/images/$program.tar"
  docker image rm "$REGISTRY/$name" > /dev/null
}

component_images() {
  local program
  mkdir -p "$work/images"
  for program in "${CONTROL_PLANE[@]}"; do
    component_image "$program:$KUBERNETES_VERSION" "$program" "/usr/local/bin/$program" scratch
  done
  component_image "kube-proxy:$KUBERNETES_VERSION" kube-proxy /usr/local/bin/kube-proxy "$ROOT_IMAGE"
  component_image "etcd:$ETCD_VERSION-0" etcd /usr/local/bin/etcd scratch
  component_image "coredns/coredns:$COREDNS_VERSION" coredns /coredns scratch
  component_image "pause:$PAUSE_VERSION" pause /pause scratch
}

# Kind's own files, less what a machine without CAP_SYS_RESOURCE refuses: raised limits and lowered oom scores.
node_context() {
  local files
  files=$(cd / && go mod download -json "sigs.k8s.io/kind@$KIND_VERSION" | jq -r .Dir)/images/base/files
  mkdir "$work/node"
  cp -r --no-preserve=mode "$files" "$work/node/files"
  ln "$NODE"/bin/{kubelet,kubeadm,kubectl} "$work/node/"
  sed -i -e '/^Limit/d' -e '/^OOMScoreAdjust/d' -e 's#/usr/local/bin/containerd#/usr/bin/containerd#' \
    "$work/node/files/etc/systemd/system/containerd.service"
  sed -i -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
    -e "s/pause:3.10\"/pause:$PAUSE_VERSION\"/" "$work/node/files/etc/containerd/config.toml"
  sed -e "s#@ROOT_IMAGE@#$ROOT_IMAGE#" -e "s#@KUBERNETES_VERSION@#$KUBERNETES_VERSION#" \
    "$SCRIPTS/node.Dockerfile" > "$work/node/Dockerfile"
}

# The components' images go into the node's containerd unpacked by none: the node image carries each once.
pack() {
  local image=$1
  docker build -q -t kubehv/node-empty:local "$work/node" > /dev/null 2>&1
  loader=$(docker run -d --privileged --entrypoint sleep -v "$work/images:/images:ro" kubehv/node-empty:local infinity)
  # shellcheck disable=SC2016  # expanded in the container
  docker exec "$loader" bash -ec 'containerd > /dev/null 2>&1 &
    timeout 60 bash -c "until ctr version > /dev/null 2>&1; do sleep 0.2; done"
    for archive in /images/*.tar; do ctr -n k8s.io images import --no-unpack "$archive" > /dev/null; done'
  docker stop -t 2 "$loader" > /dev/null
  docker commit --change 'ENTRYPOINT [ "/usr/local/bin/entrypoint", "/sbin/init" ]' --change 'CMD []' \
    "$loader" "$image" > /dev/null
  docker rm -f "$loader" > /dev/null
  loader=
  docker image rm kubehv/node-empty:local > /dev/null
}

clean_up() {
  [ -z "$loader" ] || docker rm -f "$loader" > /dev/null
  rm -rf "$work"
}

build_node_image() {
  local image=$1
  work=$(mktemp -d -p "$KUBEHV_CACHE") loader=
  trap clean_up EXIT
  build_programs
  build_root
  say "packing $image"
  component_images
  node_context
  pack "$image"
  rm -rf "$NODE"
}

# ------------------------------------------------------------------------------------------------------------------

# All that the node image is made from.
inputs() {
  echo "$KUBERNETES_VERSION $ETCD_VERSION $COREDNS_VERSION $PAUSE_VERSION $KIND_VERSION"
  cat "$0" "$SCRIPTS"/node.Dockerfile "$SCRIPTS"/pause.c "$SCRIPTS"/go/{kubernetes,etcd,coredns}/go.mod \
    "$SCRIPTS"/go/coredns/main.go
}

extract_kubectl() {
  local image=$1 target container
  target=$BIN/kubectl-${image##*:}
  [ -x "$target" ] || {
    container=$(docker create "$image")
    docker cp "$container:/usr/bin/kubectl" "$target.new" > /dev/null
    docker rm "$container" > /dev/null
    mv "$target.new" "$target"
  }
  ln -sf "$(basename "$target")" "$BIN/kubectl"
}

mkdir -p "$BIN"
lock node-image
own=kubehv/node:$KUBERNETES_VERSION-$(inputs | fingerprint -)
go_install sigs.k8s.io/kind "$KIND_VERSION"
if image_exists "$own"; then
  image=$own
elif image_exists "$KIND_NODE_IMAGE"; then
  image=$KIND_NODE_IMAGE
elif pull "$KIND_NODE_IMAGE"; then
  image=$KIND_NODE_IMAGE
else
  build_node_image "$own"
  image=$own
fi
extract_kubectl "$image"
echo "$image"
