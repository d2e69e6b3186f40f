#!/usr/bin/env bash
# Our C++ is as clang-format 14 leaves it (other versions differ: skipped without that one).
#   tests/lint/format_test.sh --fix      formats instead
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

for tool in clang-format-14 clang-format; do
  if "$tool" --version 2>/dev/null | grep -q 'version 14\.'; then
    mapfile -t files < <(python3 -c 'import sys; sys.path.insert(0, "tests/lint"); import tree; print(*tree.code(), sep="\n")')
    case ${1:-} in
      --fix) exec "$tool" -i "${files[@]}" ;;
      *) exec "$tool" --dry-run -Werror --ferror-limit=1 "${files[@]}" ;;
    esac
  fi
done
echo "clang-format 14 is not installed: not checked"
exit 77
