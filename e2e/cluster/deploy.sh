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
DRIVER=csi.kubehv.io
# Guests may take their time to shut down, and the cluster its own to delete their volumes.
UNUSED_TIMEOUT=600

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
    patch_with_id DaemonSet cni-switch-plugin "$ids"
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
  # The class of snapshots is of a kind that the cluster may get only now.
  kubectl apply --server-side --force-conflicts --field-manager=kubehv-deploy -f "$PROJECT/config/snapshot-controller/crd"
  kubectl wait --for=condition=Established --timeout=60s -f "$PROJECT/config/snapshot-controller/crd" > /dev/null
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

# ---- out again ---------------------------------------------------------------------------------------------------

# The programs go last: the daemon shuts guests down, the driver deletes volumes. Without it, a volume and the pod that mounts
# it would stay for ever.
down() {
  local kinds objects others
  test_cluster_missing && say "there is no cluster $CLUSTER_NAME: nothing to do" && return
  kinds=$(kinds)
  objects=$([ -z "$kinds" ] || kubectl get "$kinds" -A -o name)
  others=$(other_claims)
  refuse_to_lose "$objects" "$others"
  refuse_to_leave_snapshots
  [ -z "$objects" ] || kubectl delete "$kinds" --all -A --timeout=180s
  wait_until_unused "$others"
  unchain
  manifests | without_snapshot_kinds | kubectl delete --ignore-not-found --timeout=180s -f -
  kubectl label nodes --all kubehv.io/accelerator-
  kubectl annotate nodes --all kubehv.io/booted-at-
}

# They are of Kubernetes, and with them the snapshots of all drivers would go.
without_snapshot_kinds() {
  awk -v RS='\n---\n' -v ORS='\n---\n' '!(/kind: CustomResourceDefinition/ && /group: (group)?snapshot\.storage\.k8s\.io/)'
}

# The switch daemon's place in the nodes' chains of CNI plug-ins, its interfaces and rules outlive it on purpose. So in its place,
# on each node, it is started once more to take all of that away.
unchain() {
  local daemonset
  daemonset=$(kubectl -n "$NAMESPACE" get daemonset cni-switch-plugin --ignore-not-found -o json)
  [ -n "$daemonset" ] || return 0
  jq '.spec.template.spec |= (
        (.containers[0] | del(.livenessProbe, .readinessProbe, .startupProbe)) as $container
        | .initContainers = [$container | .name = "uninstall" | .args = ["uninstall"]]
        | .containers = [$container | .command = ["sleep", "infinity"]])
      | .spec.updateStrategy.rollingUpdate = {maxUnavailable: "100%"}
      | del(.metadata.managedFields, .metadata.resourceVersion, .status)' <<< "$daemonset" | kubectl replace -f -
  kubectl -n "$NAMESPACE" rollout status daemonset cni-switch-plugin --timeout="$ROLLOUT_TIMEOUT" || explain daemonset/cni-switch-plugin
}

test_cluster_missing() {
  [ "$CONTEXT" = "$KUBE_CONTEXT" ] && [ -z "$(command kubectl config get-contexts "$CONTEXT" -o name 2> /dev/null)" ]
}

# Those of ours that the cluster knows, VMs before what is theirs. An error is none of "no VMs", so it is not passed over.
kinds() { kubectl get crd -o name | sed -n 's#.*/\(.*\.kubehv\.io\)$#\1#p' | sort -r | paste -sd ,; }

refuse_to_lose() {
  local objects=$1 others=$2
  if [ "${FORCE:-}" = true ]; then
    [ -z "$others" ] || say "claims that stay, but that nothing serves until KubeHV is back: $(one_line "$others")"
    return
  fi
  [ -z "$objects" ] || fail "there are VMs, disks, switches or checkpoints, which would be lost: delete them first, or FORCE=true"
  [ -z "$others" ] \
    || fail "there are claims that nothing would serve any more; delete them first, or FORCE=true: $(one_line "$others")"
}

# Snapshots that no VM owns: nothing could delete their data any more.
refuse_to_leave_snapshots() {
  local left
  [ "${FORCE:-}" != true ] && [ -n "$(kubectl get crd volumesnapshotcontents.snapshot.storage.k8s.io --ignore-not-found -o name)" ] \
    || return 0
  left=$(kubectl get volumesnapshots,volumesnapshotcontents -A -o json | jq -r --arg driver "$DRIVER" '
    [.items[] | select(.kind == "VolumeSnapshot"
      and any(.metadata.ownerReferences[]?; .apiVersion | startswith("kubehv.io/"))).metadata.uid] as $owned
    | .items[] | select(.kind == "VolumeSnapshotContent" and .spec.driver == $driver)
    | select([.spec.volumeSnapshotRef.uid] - $owned != [])
    | "\(.spec.volumeSnapshotRef.namespace)/\(.spec.volumeSnapshotRef.name)"')
  [ -z "$left" ] || fail "there are snapshots, whose data would stay: delete them first, or FORCE=true: $(one_line "$left")"
}

one_line() { paste -sd ' ' <<< "$1"; }

# Claims for volumes of our driver that no VM and no disk owns, which FORCE does not delete either.
other_claims() {
  kubectl get storageclasses,persistentvolumes,persistentvolumeclaims -A -o json | jq -r --arg driver "$DRIVER" '
    [.items[] | select(.kind == "StorageClass" and .provisioner == $driver).metadata.name] as $classes
    | [.items[] | select(.kind == "PersistentVolume" and .spec.csi.driver == $driver).metadata.name] as $volumes
    | .items[] | select(.kind == "PersistentVolumeClaim")
    | select([.spec.storageClassName] - $classes == [] or [.spec.volumeName] - $volumes == [])
    | select(any(.metadata.ownerReferences[]?; .apiVersion | startswith("kubehv.io/")) | not)
    | "\(.metadata.namespace)/\(.metadata.name)"'
}

# What still needs the programs, one a line: pods of VMs, saves and imports, and volumes but those of the claims $1. One that
# is kept when its claim goes asks nothing of the driver.
users() {
  kubectl get pods,persistentvolumes -A -o json --request-timeout=30s | jq -r --arg driver "$DRIVER" --arg others "$1" '
    .items[]
    | if .kind == "Pod" then select(.metadata.labels["kubehv.io/role"]) | "pod \(.metadata.namespace)/\(.metadata.name)"
      else select(.spec.csi.driver == $driver and .spec.persistentVolumeReclaimPolicy == "Delete")
        | select(["\(.spec.claimRef.namespace)/\(.spec.claimRef.name)"] - ($others / "\n") != [])
        | "volume \(.metadata.name)" end'
}

wait_until_unused() {
  local deadline=$((SECONDS + UNUSED_TIMEOUT)) left='' shown=''
  until left=$(users "$1") && [ -z "$left" ]; do
    [ "$SECONDS" -lt "$deadline" ] || fail "not gone after $UNUSED_TIMEOUT s, so KubeHV stays for now:"$'\n'"$left"
    [ "$left" = "$shown" ] || say "$(printf '%4d s' "$SECONDS")  still there: $(one_line "${left:-no answer}")"
    shown=$left
    sleep 1
  done
}

check_cluster
case ${1:-} in
  up) up ;;
  down) down ;;
  print) manifests ;;
  *) fail "usage: deploy.sh up|down|print" ;;
esac
