#!/usr/bin/env bash
# Puts the programs that component tests and benchmarks start into the cache: csi-sanity, an API server with its etcd, and the
# CNI project's own plug-ins that ours are measured beside.
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

install_cni_plugins() {
  local folder=$KUBEHV_CACHE/cni-plugins
  [ ! -x "$folder/bridge" ] || return 0
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  (cd "$SCRIPTS/go/cni-plugins" && go build -ldflags '-s -w' -o "$folder.new/" tool)
  mv -T "$folder.new" "$folder"
}

lock test-programs
go_install github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity "$CSI_SANITY_VERSION"
install_api_server
install_cni_plugins
