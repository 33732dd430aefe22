#!/usr/bin/env bash
# Installs KubeHV from kustomize/ into a cluster, or takes it out.
#   deploy.sh up|down|print   (print: the manifests, for a pipeline of your own)
# CONTEXT  the kubeconfig context (default: the test cluster's)
# REGISTRY where the images are: kubehv/operator:dev becomes $REGISTRY/operator:$TAG. Any cluster but the test cluster needs it.
# FORCE    `true` lets down delete every VM and disk
set -euo pipefail
. "$(dirname "$0")/settings.sh"

CONTEXT=${CONTEXT:-$KUBE_CONTEXT}
REGISTRY=${REGISTRY:-}
TAG=${TAG:-dev}
NAMESPACE=kubehv-system
ROLLOUT_TIMEOUT=300s

kubectl() { command kubectl --context "$CONTEXT" "$@"; }
is_test_cluster() { [ "$CONTEXT" = "$KUBE_CONTEXT" ] && [ -z "$REGISTRY" ]; }

manifests() {
  local overlay=$PROJECT/kustomize/default
  ! is_test_cluster || overlay=$(overlay_with_image_ids)
  command kubectl kustomize "$overlay" | from_registry
}

from_registry() {
  if [ -n "$REGISTRY" ]; then sed -E "s#kubehv/([a-z-]+):dev#$REGISTRY/\\1:$TAG#"; else cat; fi
}

# The tag stays the same from build to build. An annotation with what it stands for makes a new build a roll-out.
overlay_with_image_ids() {
  local overlay=$KUBEHV_CACHE/overlay ids
  mkdir -p "$overlay"
  ids=$(docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}')
  {
    printf 'resources: ["%s"]\npatches:\n' "$(realpath --relative-to "$overlay" "$PROJECT/kustomize/kind")"
    patch_with_id Deployment operator "$ids"
    patch_with_id DaemonSet vmbus-daemon "$ids"
    patch_with_id DaemonSet csi-checkpoint-driver "$ids"
  } > "$overlay/kustomization.yaml"
  echo "$overlay"
}

patch_with_id() {
  local kind=$1 program=$2 id
  id=$(sed -n "s#^kubehv/$program:dev sha256:##p" <<< "$3" | cut -c1-12)
  cat <<YAML
  - target: {kind: $kind, name: ".*$program"}
    patch: '{"kind": "$kind", "apiVersion": "apps/v1", "metadata": {"name": "_"}, "spec": {"template": {"metadata":
      {"annotations": {"kubehv.io/image-id": "$id"}}}}}'
YAML
}

up() {
  manifests | kubectl apply --server-side --force-conflicts --field-manager=kubehv-deploy -f -
  wait_for_programs
}

wait_for_programs() {
  local workloads workload
  workloads=$(kubectl -n "$NAMESPACE" get deployments,daemonsets -o name)
  for workload in $workloads; do
    kubectl -n "$NAMESPACE" rollout status "$workload" --timeout="$ROLLOUT_TIMEOUT" || explain "$workload"
  done
}

# Without REGISTRY, nodes that don't hold our images would run, as root, what somebody else may offer under their names.
check_cluster() {
  [ "$CONTEXT" != "$KUBE_CONTEXT" ] || return 0
  [ -n "$REGISTRY" ] || fail "$CONTEXT is not the test cluster: set REGISTRY to where KubeHV's images for it are"
  [ -n "$(command kubectl config get-contexts "$CONTEXT" -o name 2> /dev/null)" ] \
    || fail "there is no context $CONTEXT in ${KUBECONFIG:-~/.kube/config}"
}

explain() {
  kubectl -n "$NAMESPACE" get pods -o wide
  kubectl -n "$NAMESPACE" describe pods | sed -n '/^Events:/,/^$/p' | tail -n 40
  kubectl -n "$NAMESPACE" logs "$1" --all-containers --tail=40 || true
  fail "$1 does not start"
}

objects() { kubectl get virtualmachines,virtualharddisks -A -o name --ignore-not-found 2> /dev/null || true; }

down() {
  if [ -n "$(objects)" ]; then
    [ "${FORCE:-}" = true ] || fail "there are VMs or disks, which would be lost: delete them first, or FORCE=true"
    kubectl delete virtualmachines,virtualharddisks --all -A --timeout=180s
  fi
  manifests | kubectl delete --ignore-not-found --timeout=180s -f -
}

check_cluster
case ${1:-} in
  up) up ;;
  down) down ;;
  print) manifests ;;
  *) fail "usage: deploy.sh up|down|print" ;;
esac
