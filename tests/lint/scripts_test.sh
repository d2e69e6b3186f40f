#!/usr/bin/env bash
# The shell scripts parse, may be executed, and are clean for shellcheck where there is one.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

status=0
mapfile -t scripts < <(grep -lE '^#!.*\b(ba)?sh$' tools/* .ci/* tests/*/* 2>/dev/null)
for script in "${scripts[@]}"; do
  bash -n "$script" || status=1
  [[ -x $script ]] || { echo "$script: is a script but may not be executed" && status=1; }
done
if command -v shellcheck >/dev/null; then
  shellcheck -x "${scripts[@]}" tools/lib/*.sh || status=1
fi
exit $status
