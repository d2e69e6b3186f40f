# shellcheck shell=bash
# Sourced by tools/build and tools/fetch-model: files out of PyPI's wheels, by their hash. The caller
# sets `script`, its name in messages, and `failure`, the exit status of what goes wrong.
: "${script:?}" "${failure:?}"

say() { printf '%s: %s\n' "$script" "$*"; }
die() {
  printf '%s: %s\n' "$script" "$*" >&2
  exit "$failure"
}

# A command that fails and has no message of its own still ends with a line that names it. A
# substitution only passes its status on: the command that it stands in reports it.
report_failure() { # LINE COMMAND
  [[ $BASH_SUBSHELL -eq 0 ]] || return 0
  die "line $1 failed: ${2%%$'\n'*}: see above for its message, mend that and run this again"
}
set -E
trap 'report_failure "$LINENO" "$BASH_COMMAND"' ERR

# A Python that has pip: the first one in PATH may be one without.
find_pip() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
  die "python3 has no pip, which downloads from PyPI: install the packages python3 and python3-pip"
}

has_hash() { printf '%s  %s\n' "$2" "$1" | sha256sum --check --status 2>/dev/null; } # FILE SHA256

# Ends the script unless the folder's file system has so much room; files that are there already and
# will be used count as room.
require_disk() { # WHAT FOLDER NEEDED_MB [FILE...]
  local what=$1 folder=$2 needed=$3 free_kb file reused_kb=0
  shift 3
  free_kb=$(df -Pk "$folder" | awk 'NR == 2 {print $4}') || die "df cannot say how much disk is free in $folder"
  for file in "$@"; do
    [[ ! -e $file ]] || reused_kb=$((reused_kb + $(du -k "$file" | cut -f1)))
  done
  [[ $(((free_kb + reused_kb) / 1024)) -ge $needed ]] ||
    die "$what needs $needed MB of disk in $folder while it is unpacked, and $((free_kb / 1024)) MB are free: make room and run this again"
}

# One wheel into a folder. What is there with the right hash is not fetched again.
download() { # REQUIREMENT FILE SHA256 FOLDER TEMPORARY_FOLDER
  local requirement=$1 file=$4/$2 sha256=$3 python attempt
  if [[ -e $file ]]; then # left by a run that was interrupted later on
    has_hash "$file" "$sha256" && return
    rm -f "$file"
  fi
  python=$(find_pip) || exit "$failure"
  for attempt in 1 2 3; do
    say "downloading $requirement"
    # Older pips do not take the lower manylinux versions from the highest. No cache: it would hold
    # the wheel a second time. TMPDIR: /tmp may be a small file system in memory.
    if TMPDIR=$5 "$python" -m pip --disable-pip-version-check --no-cache-dir \
      --retries 3 --timeout 60 download --no-deps --only-binary=:all: --python-version 3.11 \
      --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
      --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
      --dest "$4" "$requirement" </dev/null 2>"$5/pip.log"; then
      [[ -e $file ]] || die "pip fetched another file for $requirement than $2: is its package index complete?"
      has_hash "$file" "$sha256" && return
      rm -f "$file"
      die "$2 is not the file it should be: its SHA-256 is not $sha256; it was deleted and nothing was installed"
    fi
    [[ $attempt -eq 3 ]] || { say "that failed; trying again" && sleep $((attempt * 5)); }
  done
  die "could not download $requirement: check network and disk, then run this again; pip says: $(last_error "$5/pip.log")"
}

# Pip's warnings of retries stand before its error, and a traceback may stand around it.
last_error() {
  local line
  line=$(grep -a '^ERROR: ' "$1" | tail -n 1) || line=$(tail -n 1 "$1")
  printf '%s' "${line#ERROR: }"
}
