# Sourced by tools/start and tools/test: packages, configuration, build. Each step is one line with its time; what it prints
# goes to a log in the build folder, and is shown only when the step fails.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program_packages="g++ cmake ninja-build libopenblas-dev libhwy-dev libfmt-dev nlohmann-json3-dev libcli11-dev libpng-dev"
test_packages="doctest-dev pkg-config"
# What some tests are skipped without: a browser, a font (else every token is a box), and another program to compare with.
browser_packages="chromium fonts-dejavu-core python3-numpy"

# step NAME COMMAND...
step() {
  local name=$1 began=$SECONDS status=0 log
  shift
  mkdir -p build/log
  log=build/log/${name// /-}.log
  printf '%-28s' "$name"
  "$@" 2>&1 | tee "$log" | progress "$name" || status=$?
  if [ $status -eq 0 ]; then
    printf '%4d s\n' $((SECONDS - began))
  else
    printf 'failed after %d s; the end of %s:\n\n' $((SECONDS - began)) "$log"
    tail -n 60 "$log"
    return $status
  fi
}

# On a terminal: the build tool's "[done/all]" beside the step's name.
progress() {
  if [ ! -t 1 ]; then cat >/dev/null; return; fi
  local line
  while IFS= read -r line; do
    [[ $line =~ ^\[[\ 0-9/%]+\] ]] && printf '\r%-28s%s ' "$1" "${BASH_REMATCH[0]}"
  done
  printf '\r%-28s%-20s\r%-28s' "$1" "" "$1"
}

# install_packages PACKAGE...: through apt where this user may; elsewhere the configuration decides whether they are needed.
missing=""
install_packages() {
  local package as_root=""
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=" $package"
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 0
    as_root="sudo -n"
  fi
  command -v apt-get >/dev/null || return 0
  echo "installing$missing"
  step "packages" $as_root sh -c "export DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends$missing || { apt-get update && apt-get install -y --no-install-recommends$missing; }" ||
    need_packages
  missing=""
}

need_packages() {
  [ -n "$missing" ] || exit 4
  cat >&2 <<MESSAGE

These Debian 12 packages are not installed, and could not be installed from here:

  apt-get install$missing

Elsewhere: a C++20 compiler, CMake 3.25, OpenBLAS, Highway, {fmt}, nlohmann-json, CLI11, libpng; for tests doctest, and Chromium
for those of the attention report's page.
MESSAGE
  exit 4
}

folder_of() { if [ "$1" = release ]; then echo build; else echo "build-$1"; fi; }

# configure PRESET [-DNAME=VALUE...]; a first configuration that fails leaves nothing behind that the next would believe.
configure() {
  local folder known=
  folder=$(folder_of "$1")
  [ ! -e "$folder/CMakeCache.txt" ] || known=1
  command -v cmake >/dev/null || need_packages
  if command -v ninja >/dev/null; then export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}; fi
  step "configure $1" cmake --preset "$@" && return
  [ -n "$known" ] || rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  need_packages
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  step "build $preset" cmake --build "$(folder_of "$preset")" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" \
    ${@:+--target "$@"}
}
