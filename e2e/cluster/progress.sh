#!/usr/bin/env bash
# Runs one long step and says how it goes: a line every ten seconds, the total at the end, the log's tail on failure.
#   progress.sh NAME COMMAND [ARGUMENT…]
# The whole output is kept in the cache's logs/. NAME is for people: "Kubernetes cluster".
set -euo pipefail
. "$(dirname "$0")/settings.sh"

TICK=10
name=$1
shift
log=$KUBEHV_CACHE/logs/$(tr -cs '[:alnum:]\n' - <<< "${name,,}").log

elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }
last_line() { tail -n 5 "$log" | sed -E 's/\x1b\[[0-9;]*m|\r//g' | grep '[[:alnum:]]' | tail -n 1 | cut -c1-100 || true; }

# Ends with the step, or with this script, however that ends: a pipe that it held open would keep its reader waiting.
tick() {
  # The sleep may outlive this script too, so it does not get the output.
  while sleep "$TICK" > /dev/null 2>&1 && kill -0 "$$" 2> /dev/null; do
    printf '   %s  %s … %s\n' "$(elapsed)" "$name" "$(last_line)"
  done
}

mkdir -p "$(dirname "$log")"
printf '→  %s\n' "$name"
tick &
ticker=$!
trap 'kill "$ticker" 2> /dev/null || true' EXIT
status=0
"$@" > "$log" 2>&1 < /dev/null || status=$?
if [ "$status" = 0 ]; then
  printf '✓  %s (%s)\n' "$name" "$(elapsed)"
else
  tail -n 40 "$log"
  printf '✗  %s failed after %s; all of its output: %s\n' "$name" "$(elapsed)" "$log"
fi
exit "$status"
