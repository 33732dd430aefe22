#!/usr/bin/env bash
# Puts the programs that component tests and benchmarks start into the cache: csi-sanity, an API server with its etcd, and the
# CNI project's own plug-ins that ours are measured beside, with its cnitool, and Multus.
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
  mkdir -p "$folder" "$(dirname "$API_SERVER")"
  go_build kubernetes "$folder/" "$(kubernetes_flags)" k8s.io/kubernetes/cmd/{kube-apiserver,kubectl}
  go_build etcd "$folder/etcd" '-s -w' tool
  mv -T "$folder" "$API_SERVER"
}

install_cni_plugins() {
  local folder=$KUBEHV_CACHE/cni-plugins
  [ ! -x "$folder/multus" ] || return 0
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  go_build cni-plugins "$folder.new/" '-s -w' tool
  go_build multus "$folder.new/" '-s -w' tool
  rm -rf "$folder"
  mv -T "$folder.new" "$folder"
}

lock test-programs
go_install github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity "$CSI_SANITY_VERSION"
install_api_server
install_cni_plugins
