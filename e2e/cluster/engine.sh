#!/usr/bin/env bash
# Makes sure that a Docker engine answers; starts one where none runs.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

ENGINE=$KUBEHV_CACHE/engine
CAP_SYS_RESOURCE=24
START_TIMEOUT=60

# The bounding set is a bit mask in hexadecimal.
lacks_sys_resource() {
  local mask
  mask=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
  [ $(((0x$mask >> CAP_SYS_RESOURCE) & 1)) = 0 ]
}

has_systemd() { [ -d /run/systemd/system ]; }

# Our own settings stand in the cache on top of the user's, whose file is never written.
write_configuration() {
  local theirs=/etc/docker/daemon.json
  [ -s "$theirs" ] || theirs=
  install -m 755 "$SCRIPTS/runc-without-sys-resource" "$ENGINE/runc-without-sys-resource"
  jq -n --arg runtime "$ENGINE/runc-without-sys-resource" '{
      runtimes: {"without-sys-resource": {path: $runtime}},
      "default-runtime": "without-sys-resource",
      "exec-opts": ["native.cgroupdriver=cgroupfs"]
    }' | jq -s 'add' ${theirs:+"$theirs"} - > "$ENGINE/daemon.json"
}

# An engine that was cut off leaves these, and the next one takes whatever process has the number now for its predecessor.
drop_pid_file_of_the_dead() {
  local file=$1 program=$2 pid
  pid=$(as_root cat "$file" 2> /dev/null) || return 0
  [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$program" ] && return
  say "$file is left from an engine that is gone: deleted"
  as_root rm -f "$file"
}

start_by_hand() {
  local arguments=()
  mkdir -p "$ENGINE"
  if lacks_sys_resource; then
    write_configuration
    arguments=(--config-file "$ENGINE/daemon.json")
  fi
  drop_pid_file_of_the_dead /var/run/docker.pid dockerd
  drop_pid_file_of_the_dead /var/run/docker/containerd/containerd.pid containerd
  as_root setsid --fork dockerd "${arguments[@]}" > "$ENGINE/dockerd.log" 2>&1 < /dev/null
}

start() {
  command -v dockerd > /dev/null || fail "no dockerd: run $SCRIPTS/tools.sh"
  if has_systemd && ! lacks_sys_resource; then
    as_root systemctl start docker
  else
    start_by_hand
  fi
}

wait_until_it_answers() {
  local deadline=$((SECONDS + START_TIMEOUT))
  while [ "$SECONDS" -lt "$deadline" ]; do
    engine_answers && return
    sleep 0.5
  done
  say "no answer within $START_TIMEOUT s"
  tail -n 20 "$ENGINE/dockerd.log" >&2 || true
  fail "the Docker engine does not answer (is this user allowed to use it?)"
}

# One that others started may have capabilities that this shell lacks, so it is only spoken of.
speak_of_a_foreign_one() {
  if lacks_sys_resource && [ "$(docker info --format '{{.DefaultRuntime}}')" != without-sys-resource ]; then
    say "the Docker engine that runs was not started by this; where it can't start privileged containers" \
      "(\"unable to apply caps\"), stop it and run this again"
  fi
}

if engine_answers; then
  speak_of_a_foreign_one
  exit
fi
say "starting a Docker engine"
start
wait_until_it_answers
