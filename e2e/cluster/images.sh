#!/usr/bin/env bash
# Container images of KubeHV and what they stand on.
#   images.sh build [MODULE…]  builds the images of these modules (all four, and the sidecars, when none is named)
#   images.sh sidecars         pulls or builds the CSI sidecars
#   images.sh load             brings every image that changed into the test cluster's nodes
#   images.sh sizes            prints how large ours are
#   images.sh push REGISTRY    pushes kubehv/operator:dev as REGISTRY/operator:$TAG, and so on
# Modules: operator vmbus-daemon virt-launcher cni-switch-plugin csi-checkpoint-driver. Their jars must be there (mvn package): in
# MODULE/target/app, or target/quarkus-app. An image is built only when something that goes into it changed.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

MODULES=(operator vmbus-daemon virt-launcher cni-switch-plugin csi-checkpoint-driver)
BASE=debian:trixie-slim
INPUTS_LABEL=io.kubehv.inputs
# One runtime for all images, so that they share its layer.
JAVA_MODULES=java.base,java.instrument,java.logging,java.management,java.naming,java.net.http
JAVA_MODULES+=,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.crypto.cryptoki,jdk.httpserver,jdk.jcmd
JAVA_MODULES+=,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs

image_of() { # the launcher's image is named after what it becomes
  case $1 in virt-launcher) echo kubehv/hypervisor:dev ;; *) echo "kubehv/$1:dev" ;; esac
}

# ---- what images stand on ----------------------------------------------------------------------------------------

# Under its usual name also where it cannot be pulled, so that the Dockerfiles are the same for everyone.
ensure_base() { image_exists "$BASE" || pull "$BASE" || make_base; }

make_base() {
  say "making $BASE from Debian's packages"
  # By way of a file: what comes out of a failed mmdebstrap would be imported too, and be taken for whole ever after.
  mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    trixie "$WORK/root.tar" "$KUBEHV_DEBIAN_MIRROR"
  docker import "$WORK/root.tar" "$BASE" > /dev/null
  rm "$WORK/root.tar"
}

# Prints the folder of a Java runtime with the modules that our programs need.
ensure_runtime() {
  local jdk runtime
  jdk=$("$SCRIPTS/tools.sh" java)
  runtime=$KUBEHV_CACHE/jre/$({ cat "$jdk/release" && echo "$JAVA_MODULES"; } | fingerprint -)
  if [ ! -d "$runtime" ]; then
    say "linking a Java runtime"
    mkdir -p "$KUBEHV_CACHE/jre"
    rm -rf "$runtime.new"
    "$jdk/bin/jlink" --add-modules "$JAVA_MODULES" --strip-java-debug-attributes --no-header-files --no-man-pages \
      --generate-cds-archive --output "$runtime.new" >&2
    # Debian's JDK keeps the trusted certificates outside.
    [ -e "$runtime.new/lib/security/cacerts" ] || cp -L "$jdk/lib/security/cacerts" "$runtime.new/lib/security/"
    rm -f "$runtime.new"/lib/server/classes_nocoops.jsa # for heaps of more than 32 GiB
    mv "$runtime.new" "$runtime"
  fi
  echo "$runtime"
}

# ---- our images --------------------------------------------------------------------------------------------------

jars_of() {
  local candidate
  for candidate in "$PROJECT/$1/target/quarkus-app" "$PROJECT/$1/target/app"; do
    [ ! -d "$candidate" ] || { echo "$candidate" && return; }
  done
  fail "$1 has no jars: mvn -pl $1 -am package"
}

# Everything that goes into the image, in one folder: Dockerfile, jre/, app/ and what the module keeps in image/.
prepare_context() {
  local module=$1 context=$2 runtime jars jna
  runtime=$(ensure_runtime)
  jars=$(jars_of "$module")
  cp "$PROJECT/$module/Dockerfile" "$context/"
  cp -rl "$runtime" "$context/jre"
  cp -r "$jars" "$context/app"
  [ ! -d "$PROJECT/$module/image" ] || cp -r "$PROJECT/$module/image" "$context/image"
  # JNA would unpack its native half at every start, into a folder that a read-only container does not have.
  jna=$(find "$context/app" -name '*jna-5*.jar' | head -1)
  [ -z "$jna" ] || unzip -qj "$jna" com/sun/jna/linux-x86-64/libjnidispatch.so -d "$context/app/native"
  [ ! -d "$PROJECT/$module/shim" ] || gcc -static -O2 -s -o "$context/app/native/kubehv-switch" "$PROJECT/$module/shim/kubehv-switch.c"
  # Equal contents must give equal layers.
  find "$context" -path "$context/jre" -prune -o -exec touch -h -d @0 {} +
}

# Jars count by what is in them: their entries' dates change with every build.
inputs_of() {
  docker image inspect -f '{{.Id}}' "$BASE"
  (
    cd "$1"
    cat jre/release
    find . -path ./jre -prune -o -type f ! -name '*.jar' -print0 | sort -z | xargs -0 sha256sum
    find app -name '*.jar' -print0 | sort -z | xargs -0 -n 1 unzip -lv | awk '{print $1, $7, $8}'
  )
}

build_one() {
  local module=$1 image context inputs
  image=$(image_of "$module")
  context=$(mktemp -d -p "$WORK")
  prepare_context "$module" "$context"
  inputs=$(inputs_of "$context" | fingerprint -)
  if [ "$(label_of "$image")" = "$inputs" ]; then
    say "$image is up to date"
  else
    say "building $image"
    docker build --label "$INPUTS_LABEL=$inputs" -t "$image" "$context" >&2
  fi
  rm -rf "$context"
}

label_of() { docker image inspect -f "{{index .Config.Labels \"$INPUTS_LABEL\"}}" "$1" 2> /dev/null || true; }

# ---- sidecars ----------------------------------------------------------------------------------------------------

ensure_sidecars() {
  local image
  for image in "${SIDECAR_IMAGES[@]}"; do
    image_exists "$image" || pull "$image" || build_sidecars
  done
}

# From the same modules that the published ones are built from; all in one call.
build_sidecars() {
  local context image program module
  context=$(mktemp -d -p "$WORK")
  say "compiling the CSI sidecars"
  for module in sidecars snapshotter; do
    go_build "$module" "$context/" '-s -w' tool
  done
  for image in "${SIDECAR_IMAGES[@]}"; do
    program=${image##*/} program=${program%%:*}
    printf 'FROM scratch\nCOPY %s /%s\nENTRYPOINT ["/%s"]\n' "$program" "$program" "$program" > "$context/Dockerfile"
    docker build -q -t "$image" "$context" > /dev/null
  done
  rm -rf "$context"
}

# ---- commands ----------------------------------------------------------------------------------------------------

build() {
  local module all=false
  [ $# -gt 0 ] || { set -- "${MODULES[@]}" && all=true; }
  ensure_base
  for module; do
    build_one "$module"
  done
  [ "$all" = false ] || ensure_sidecars
}

sizes() {
  docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep -E '^kubehv/[^ ]*:(dev|[0-9]+) ' \
    | while read -r image size; do printf '%-36s %s\n' "$image" "$size"; done
}

# All of ours that exist, with the guests' disks.
images_to_load() {
  docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -E '^(kubehv/(guest-.*|.*:dev)$|registry.k8s.io/sig-storage/)' \
    | grep -v '<none>'
}

# A node remembers which image stands behind each name; it forgets with its container.
loaded_by() { docker exec "$1" cat /kind/loaded-images 2> /dev/null || true; }

wanted() {
  local images image
  images=$(images_to_load)
  for image in $images; do
    echo "$image $(docker image inspect -f '{{.Id}}' "$image")"
  done | sort
}

load_node() {
  local node=$1 wanted=$2 missing
  missing=$(comm -23 <(echo "$wanted") <(loaded_by "$node" | sort) | cut -d ' ' -f 1)
  [ -n "$missing" ] || return 0
  say "$node: $(tr '\n' ' ' <<< "$missing")"
  # shellcheck disable=SC2086  # one word an image
  docker save $missing | docker exec -i "$node" ctr -n k8s.io images import - > /dev/null
  docker exec -i "$node" sh -c 'cat > /kind/loaded-images' <<< "$wanted"
}

load() {
  local nodes node wanted loads=()
  wanted=$(wanted)
  nodes=$(nodes)
  [ -n "$nodes" ] || fail "there is no cluster $CLUSTER_NAME to load images into: make cluster"
  for node in $nodes; do
    load_node "$node" "$wanted" &
    loads+=($!)
  done
  for node in "${loads[@]}"; do
    wait "$node"
  done
}

push() {
  local module image remote
  for module in "${MODULES[@]}"; do
    image=$(image_of "$module")
    remote=$1/${image#kubehv/}
    remote=${remote%:*}:${TAG:-dev}
    docker tag "$image" "$remote"
    docker push "$remote"
  done
}

lock images
# In the cache, where the runtime is, which is linked into it and not copied.
WORK=$(mktemp -d -p "$KUBEHV_CACHE")
trap 'rm -rf "$WORK"' EXIT
"$SCRIPTS/engine.sh" 9>&-
PATH=$("$SCRIPTS/tools.sh" go):$PATH
command=${1:-}
shift || true
case $command in
  build) build "$@" ;;
  load) load ;;
  sidecars) ensure_sidecars ;;
  sizes) sizes ;;
  push) push "${1:?a registry}" ;;
  *) fail "usage: images.sh build [MODULE…] | sidecars | load | sizes | push REGISTRY" ;;
esac
