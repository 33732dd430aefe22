#!/usr/bin/env bash
# Puts the programs that component tests start into the cache: csi-sanity, and an API server with its etcd.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

# The layout that fabric8's kube-api-test looks for.
API_SERVER=$KUBEHV_CACHE/kube-api-test/k8s/${KUBERNETES_VERSION#v}-linux-amd64
PATH=$("$SCRIPTS/tools.sh" go):$PATH

install_sanity() {
  local binary=$BIN/csi-sanity-$CSI_SANITY_VERSION
  [ -x "$binary" ] || {
    GOBIN=$BIN go install -ldflags '-s -w' "github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity@$CSI_SANITY_VERSION"
    mv "$BIN/csi-sanity" "$binary"
  }
  ln -sf "$(basename "$binary")" "$BIN/csi-sanity"
}

install_api_server() {
  [ ! -x "$API_SERVER/etcd" ] || return 0
  mkdir -p "$API_SERVER"
  (cd "$SCRIPTS/go/kubernetes" \
    && go build -ldflags "$(kubernetes_flags)" -o "$API_SERVER/" k8s.io/kubernetes/cmd/{kube-apiserver,kubectl})
  (cd "$SCRIPTS/go/etcd" && go build -ldflags '-s -w' -o "$API_SERVER/etcd" tool)
}

install_sanity
install_api_server
