#!/usr/bin/env bash
# From a manifest to a login prompt: applies the demo's VM and follows it. Needs a cluster with KubeHV deployed.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

SAMPLE=$PROJECT/config/samples/demo.yaml
VM=demo
IMPORT_TIMEOUT=600
BOOT_TIMEOUT=900
CONTEXT=${CONTEXT:-$KUBE_CONTEXT}

# With a limit, so that the deadlines below count also while the API server does not answer.
kubectl() { command kubectl --context "$CONTEXT" --request-timeout=30s "$@"; }
of_disk() { kubectl get virtualharddisk "$VM" -o jsonpath="{.status.$1}"; }
of_vm() { kubectl get virtualmachine "$VM" -o jsonpath="{.status.$1}"; }

# ended KIND FIELD VALUE: whether the status has this value, and speaks of the spec that was applied, not of one before it.
ended() {
  local now
  now=$(kubectl get "$1" "$VM" -o jsonpath="{.status.$2} {.status.observedGeneration}={.metadata.generation}")
  [[ $now =~ ^"$3 "([0-9]+)=([0-9]+)$ ]] && [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
}

why() { kubectl get "$1" "$VM" -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}'; }

follow_import() {
  local phase progress shown=
  until phase=$(of_disk phase) && [ "$phase" = Ready ]; do
    progress="$phase $(of_disk progress)"
    [ "$progress" = "$shown" ] || printf '   %3d s  disk: %s\n' "$SECONDS" "$progress"
    shown=$progress
    ! ended virtualharddisk phase Failed || give_up "the disk was not imported: $(why virtualharddisk)"
    [ "$SECONDS" -lt "$IMPORT_TIMEOUT" ] || give_up "the disk was not imported within $IMPORT_TIMEOUT s"
    sleep 1
  done
  printf '✓  %d s  disk: imported\n' "$SECONDS"
}

follow_start() {
  local state shown=
  until state=$(of_vm state) && [ "$state" = Running ]; do
    [ "$state" = "$shown" ] || printf '   %3d s  VM: %s\n' "$SECONDS" "$state"
    shown=$state
    ! ended virtualmachine state Critical || give_up "the VM can't run: $(why virtualmachine)"
    [ "$SECONDS" -lt "$BOOT_TIMEOUT" ] || give_up "the VM did not start within $BOOT_TIMEOUT s"
    sleep 0.5
  done
  printf '✓  %d s  VM: running on %s (%s). Its serial console:\n\n' "$SECONDS" "$(of_vm nodeName)" "$(of_vm accelerator)"
}

# Ends at the prompt. It has no line end of its own, and a pod's log shows whole lines only: so what is already in the log,
# and then the console itself, for which kubectl wants a terminal.
follow_console() {
  local character line='' status=1
  coproc CONSOLE {
    kubectl logs "$VM"
    exec timeout "$BOOT_TIMEOUT" script -qec "kubectl --context $CONTEXT attach -itq $VM" /dev/null
  } 2> /dev/null
  # A guest that stands at its prompt already says so again on Enter.
  printf '\n' >&"${CONSOLE[1]}"
  while IFS= read -r -N 1 -u "${CONSOLE[0]}" character; do
    printf '%s' "$character"
    line+=$character
    [ "$character" != $'\n' ] || line=
    [[ $line != *' login: ' ]] || { status=0 && break; }
  done
  kill "$CONSOLE_PID" 2> /dev/null || true
  return "$status"
}

give_up() {
  kubectl get virtualmachine,virtualharddisk,pod -o wide
  kubectl describe virtualharddisk "$VM" | tail -n 15
  kubectl describe virtualmachine "$VM" | tail -n 30
  fail "$1"
}

# Empty where the user's shell finds a kubectl by itself.
path_line() {
  # shellcheck disable=SC2016  # for the user's shell to expand
  PATH=${PATH#"$BIN:"} type -P kubectl > /dev/null || printf '\n  export PATH=%s:$PATH    # for kubectl\n' "$BIN"
}

what_next() {
  cat <<TEXT


The VM stands at its login prompt after $SECONDS s (user kubehv, password kubehv). Next:
$(path_line)
  kubectl --context $CONTEXT attach -it $VM                 its console; Ctrl-P Ctrl-Q leaves
  kubectl --context $CONTEXT logs -f $VM                    what the console showed
  kubectl --context $CONTEXT get vm -w                      its state
  kubectl --context $CONTEXT port-forward $VM 2222:22       then: ssh -p 2222 kubehv@localhost
  kubectl --context $CONTEXT patch vm $VM --type merge -p '{"spec": {"powerState": "Off"}}'
  kubectl --context $CONTEXT delete -f config/samples/demo.yaml
TEXT
}

kubectl apply -f "$SAMPLE"
follow_import
follow_start
follow_console || give_up "no login prompt within $BOOT_TIMEOUT s"
what_next
