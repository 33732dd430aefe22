#!/usr/bin/env bash
# What KubeHV's switches could leave on the test cluster's nodes, a line each: compared before KubeHV is installed and after it
# is taken out. (The pool of disks stays on purpose, and what is in /run goes with the node's next start.)
#   node-state.sh record    notes it, where KubeHV is not installed
#   node-state.sh compare   fails with what is there now and was not
set -euo pipefail
. "$(dirname "$0")/settings.sh"

RECORD=$KUBEHV_CACHE/$CLUSTER_NAME-node-state

kubectl() { command kubectl --context "$KUBE_CONTEXT" "$@"; }

state() {
  local node
  for node in $(nodes | sort); do
    docker exec "$node" sh -c "$(declare -f node_lines); node_lines" | sed "s/^/$node: /"
  done
}

# Of pods' own interfaces the names change.
# shellcheck disable=SC2317  # called on the node
node_lines() {
  ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/interface \1/' | grep -v ' veth'
  ip -4 rule | sed 's/^/rule /'
  ip -6 rule | sed 's/^/rule6 /'
  ip route show table all | grep -i kvs | sed 's/^/route /'
  nft list tables | sed 's/^/nft /'
  iptables-save | grep -i kubehv | sed 's/^/iptables /'
  sysctl -a 2> /dev/null | grep -E '\.(kvs|kvp)[^.]*\.' | sed 's/^/sysctl /'
  find /etc/cni /opt/cni -type f -exec sha256sum {} + | sort -k 2 | sed 's/^/file /'
  [ ! -d /run/kubehv ] || find /run/kubehv -mindepth 1 -not -name booted-at -not -name userfaultfd | sort | sed 's/^/path /'
}

case ${1:-} in
  record)
    [ -z "$(kubectl get namespace kubehv-system --ignore-not-found -o name)" ] || exit 0
    state > "$RECORD.new"
    mv "$RECORD.new" "$RECORD"
    ;;
  compare)
    [ -f "$RECORD" ] || fail "there is no record of the nodes before KubeHV: make clean, and try again"
    state > "$RECORD.after"
    left=$(diff "$RECORD" "$RECORD.after" | grep '^[<>]' || true)
    [ -z "$left" ] || fail "the nodes are not as they were (<) before KubeHV:"$'\n'"$left"
    say "the nodes are as they were before KubeHV"
    ;;
  *) fail "usage: node-state.sh record|compare" ;;
esac
