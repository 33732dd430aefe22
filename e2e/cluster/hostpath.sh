#!/usr/bin/env bash
# A CSI driver that is not ours, in the test cluster: the CSI project's csi-driver-host-path.
#   hostpath.sh up    builds its image, and deploys it with the storage class "hostpath"
#   hostpath.sh down  takes it away, with its volumes' data
# Its module is not served everywhere: KUBEHV_HOSTPATH names a checkout of its repository to build from instead. Where there
# is neither, `up` ends with 75 and the tests that need it are skipped.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

IMAGE=kubehv/hostpath:dev
MODULE=github.com/kubernetes-csi/csi-driver-host-path
NOT_TO_BE_HAD=75

build_driver() {
  if [ -n "${KUBEHV_HOSTPATH:-}" ]; then
    (cd "$KUBEHV_HOSTPATH" && go build -ldflags "-s -w -X main.version=$HOSTPATH_VERSION" -o "$1/hostpathplugin" ./cmd/hostpathplugin)
  else
    GOBIN=$1 go install -ldflags "-s -w -X main.version=$HOSTPATH_VERSION" "$MODULE/cmd/hostpathplugin@$HOSTPATH_VERSION"
  fi
}

build_image() {
  local context
  context=$(mktemp -d -p "$KUBEHV_CACHE")
  # shellcheck disable=SC2064  # as it is now
  trap "rm -rf '$context'" EXIT
  build_driver "$context" || {
    say "$MODULE $HOSTPATH_VERSION is not to be had: name a checkout of it by KUBEHV_HOSTPATH"
    exit "$NOT_TO_BE_HAD"
  }
  go_build registrar "$context/registrar" '-s -w' .
  # It calls tar, losetup and mount.
  printf 'FROM debian:trixie-slim\nCOPY hostpathplugin registrar /\n' > "$context/Dockerfile"
  docker build -q -t "$IMAGE" "$context" > /dev/null
}

in_cluster() { kubectl --context "$KUBE_CONTEXT" "$@" >&2; }

up() {
  PATH=$("$SCRIPTS/tools.sh" go):$PATH
  image_exists "$IMAGE" || build_image
  "$SCRIPTS/images.sh" load
  in_cluster apply -f "$SCRIPTS/hostpath/driver.yaml"
  in_cluster -n hostpath rollout status daemonset/hostpath --timeout=120s
}

down() {
  local node
  in_cluster delete --ignore-not-found -f "$SCRIPTS/hostpath/driver.yaml"
  for node in $(nodes); do
    docker exec "$node" rm -rf /var/lib/csi-hostpath-data /var/lib/kubelet/plugins/hostpath
  done
}

case ${1:-} in
  up) up ;;
  down) down ;;
  *) fail "usage: hostpath.sh up | down" ;;
esac
