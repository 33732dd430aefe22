#!/usr/bin/env bash
# The test cluster: one control plane and two workers in Docker, made by Kind.
#   cluster.sh up    makes it, or makes sure that it is there and ready
#   cluster.sh down  takes it away
set -euo pipefail
. "$(dirname "$0")/settings.sh"

POD_NETWORK=10.244.0.0/16 # Kind's default
READY_TIMEOUT=300s
CONFIGURATION=$KUBEHV_CACHE/kind.yaml # there for as long as the cluster is

kubectl() { command kubectl --context "$KUBE_CONTEXT" "$@"; }
is_own() { [[ $1 == kubehv/node:* ]]; }

configuration() {
  local image=$1 own=false worker
  ! is_own "$image" || own=true
  sed "s#@OWN@#$own#" "$SCRIPTS/kind.yaml"
  [ "$own" = false ] || sed "s#@COREDNS_VERSION@#$COREDNS_VERSION#" "$SCRIPTS/kind-own.yaml"
  cat <<YAML
nodes:
  - role: control-plane
    extraMounts:
      - {hostPath: "$KUBEHV_CACHE/audit-policy.yaml", containerPath: /etc/kubernetes/audit/policy.yaml, readOnly: true}
YAML
  for worker in $(seq "$CLUSTER_WORKERS"); do
    echo "  - role: worker # $worker"
  done
}

create() {
  local image=$1
  configuration "$image" > "$CONFIGURATION"
  kind create cluster --name "$CLUSTER_NAME" --image "$image" --config "$CONFIGURATION" --wait 0s
}

# The controller manager hands it out soon after the node joins.
pod_cidr() {
  kubectl wait "node/$1" --for=jsonpath='{.spec.podCIDR}' --timeout="$READY_TIMEOUT" > /dev/null
  kubectl get node "$1" -o jsonpath='{.spec.podCIDR}'
}

address() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"; }

# What kindnet does: an address range a node, routes between the nodes, masquerading of what leaves the pod network.
connect_pods() {
  local nodes node other cidr gateway
  nodes=$(nodes)
  for node in $nodes; do
    gateway=$(address "$node")
    cidr=$(pod_cidr "$node")
    sed "s#@CIDR@#$cidr#" "$SCRIPTS/pod-network.conflist" \
      | docker exec -i "$node" sh -c 'cat > /etc/cni/net.d/.new && mv /etc/cni/net.d/.new /etc/cni/net.d/10-kind.conflist'
    docker exec -i "$node" sh -e <<SHELL
rule="POSTROUTING -s $cidr ! -d $POD_NETWORK -j MASQUERADE"
iptables -t nat -C \$rule 2> /dev/null || iptables -t nat -A \$rule
SHELL
    for other in $nodes; do
      [ "$other" = "$node" ] || docker exec "$other" ip route replace "$cidr" via "$gateway"
    done
  done
}

# A cluster survives a reboot of the machine as stopped containers.
wake() {
  local node
  for node in $(nodes); do
    docker start "$node" > /dev/null || return 1
  done
  kind export kubeconfig --name "$CLUSTER_NAME" --quiet
  timeout 300 bash -c "until kubectl --context '$KUBE_CONTEXT' get --raw /readyz > /dev/null 2>&1; do sleep 1; done"
  # One whose making was cut short has containers that never joined, and never will.
  # shellcheck disable=SC2046  # one word a node
  kubectl get nodes $(nodes) > /dev/null
}

# KubeHV brings the default class. The one that Kind makes works only with what its published image holds.
demote_storage_class() {
  if is_own "$1"; then
    kubectl delete storageclass standard --ignore-not-found > /dev/null
  else
    kubectl annotate storageclass standard storageclass.kubernetes.io/is-default-class=false --overwrite > /dev/null
  fi
}

up() {
  local image
  "$SCRIPTS/engine.sh" 9>&-
  image=$("$SCRIPTS/node-image.sh" 9>&-)
  if [ -n "$(nodes)" ] && ! wake; then
    say "the cluster that is there does not answer: making it anew"
    down
  fi
  # The control plane mounts it for as long as it lives, which may be longer than this checkout.
  cp "$SCRIPTS/audit-policy.yaml" "$KUBEHV_CACHE/"
  [ -n "$(nodes)" ] || create "$image"
  ! is_own "$image" || connect_pods
  demote_storage_class "$image"
  kubectl wait --for=condition=Ready nodes --all --timeout="$READY_TIMEOUT" > /dev/null
  kubectl -n kube-system rollout status deployment/coredns --timeout="$READY_TIMEOUT" > /dev/null
  say "cluster $CLUSTER_NAME is up; context $KUBE_CONTEXT"
}

# An engine that stands still may hold the cluster all the same; one that never had it is not started for that.
down() {
  if ! engine_answers; then
    [ -e "$CONFIGURATION" ] || return 0
    "$SCRIPTS/engine.sh" 9>&-
  fi
  ! command -v kind > /dev/null || kind delete cluster --name "$CLUSTER_NAME"
  rm -f "$CONFIGURATION"
}

lock cluster
case ${1:-} in
  up) up ;;
  down) down ;;
  *) fail "usage: cluster.sh up|down" ;;
esac
