#!/usr/bin/env bash
# Puts the programs that component tests start into the cache: csi-sanity, and an API server with its etcd.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

# The layout that fabric8's kube-api-test looks for.
API_SERVER=$KUBEHV_CACHE/kube-api-test/k8s/${KUBERNETES_VERSION#v}-linux-amd64
PATH=$("$SCRIPTS/tools.sh" go):$PATH

install_api_server() {
  local folder=$KUBEHV_CACHE/kube-api-test/new
  [ ! -x "$API_SERVER/etcd" ] || return 0
  # The folder's name says that all is in it and whole.
  rm -rf "$folder" "$API_SERVER"
  mkdir -p "$folder"
  (cd "$SCRIPTS/go/kubernetes" \
    && go build -ldflags "$(kubernetes_flags)" -o "$folder/" k8s.io/kubernetes/cmd/{kube-apiserver,kubectl})
  (cd "$SCRIPTS/go/etcd" && go build -ldflags '-s -w' -o "$folder/etcd" tool)
  mv -T "$folder" "$API_SERVER"
}

lock test-programs
go_install github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity "$CSI_SANITY_VERSION"
install_api_server
