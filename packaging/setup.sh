# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by tests/run and packaging/quickstart: packages, the build, and a user without rights to run browsers as.
# Expects: set -euo pipefail, $root (the checkout) and $program (the name that messages begin with).

# Everything here comes from Debian 12 itself.
build_packages=(build-essential cmake ninja-build ccache pkg-config python3 libboost1.81-dev libssl-dev
    nlohmann-json3-dev libcurl4-openssl-dev libsystemd-dev libsimdjson-dev libcli11-dev libfmt-dev
    libtomlplusplus-dev libqrcodegencpp-dev libjwt-dev libgtest-dev libgmock-dev libbenchmark-dev)
run_packages=(chromium nodejs npm ca-certificates openssl procps)
test_packages=(clang-format-14 strace valgrind systemd-container dbus mandoc groff-base zsh fish python3-prometheus-client
    chromium-driver tinyproxy-bin squid microsocks iproute2 nftables tzdata
    libicu72 libldap-2.5-0 liblz4-1 libreadline8 libselinux1 libxml2 libxslt1.1) # the last line is what PostgreSQL links
postgres_packages=(postgresql-15 postgresql-client-15 libpq5)

test_user=bmc-test
started=$SECONDS

say() { printf '%s: %s\n' "$program" "$*"; }

# Ends the script with the one line that says why.
stop() {
    printf '%s: stopped: %s\n' "$program" "$*" >&2
    exit 1
}

# Runs as root with the names of packages. The tests start the servers among them by themselves: none is started here, now
# or at the next boot.
# shellcheck disable=SC2016
install_quietly='
    set -e
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap "rm -f $policy" EXIT
        printf "#!/bin/sh\nexit 101\n" >$policy
        chmod 755 $policy
    fi
    apt-get update -q
    apt-get install -q -y --no-install-recommends "$@"
    for package; do
        case $package in
            squid) update-rc.d squid disable 2>/dev/null || true ;;
        esac
    done'

# Installs what is missing of the packages named. Nodejs, npm and chromium may also come from elsewhere.
need_packages() {
    local missing=() package log
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian machine: taking for granted that it has what these packages hold: $*"
        return
    fi
    for package in "$@"; do
        case $package in
            nodejs) command -v node >/dev/null && continue ;;
            npm | chromium) command -v "$package" >/dev/null && continue ;;
        esac
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local become=()
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
            become=(sudo)
        else
            stop "packages are missing; as root: apt-get install --no-install-recommends ${missing[*]}"
        fi
    fi
    say "installing from Debian: ${missing[*]}"
    log=$(mktemp)
    if ! "${become[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C bash -c \
        "$install_quietly" _ "${missing[@]}" \
        </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        stop "apt-get could not install ${missing[*]} (its last words are above)"
    fi
    rm -f "$log"
}

# need_node_modules FOLDER...: the npm packages that the lock files of these folders below tests/ name; nothing to do when
# they are there already.
need_node_modules() {
    local name folder log
    for name in "$@"; do
        folder=$root/tests/$name
        if [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then continue; fi
        say "installing the npm packages of tests/$name"
        log=$(mktemp)
        # A package's own scripts would run with this script's rights; none of these packages needs one.
        if ! npm ci --ignore-scripts --prefix "$folder" --loglevel=error </dev/null >"$log" 2>&1; then
            tail -n 20 "$log" >&2
            rm -f "$log"
            stop "npm could not install tests/$name (its last words are above)"
        fi
        rm -f "$log"
        touch "$folder/node_modules/.package-lock.json"
    done
}

# PostgreSQL for the test of packaging/supabase, unpacked below build/: installing it would start a server.
need_postgres() {
    local folder=$root/build/postgresql log
    [ ! -x /usr/lib/postgresql/15/bin/initdb ] && [ ! -x "$folder/usr/lib/postgresql/15/bin/initdb" ] || return 0
    command -v dpkg >/dev/null || return 0
    say "fetching PostgreSQL 15 into build/postgresql"
    log=$(mktemp)
    mkdir -p "$folder"
    if ! (cd "$folder" && apt-get download "${postgres_packages[@]}" &&
        for package in *.deb; do dpkg -x "$package" . && rm "$package"; done) </dev/null >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        rm -rf "$folder"
        stop "PostgreSQL could not be fetched (apt-get's last words are above)"
    fi
    rm -f "$log"
}

# build PRESET TARGET...: configures and builds into build/PRESET, with a line each tenth of the way.
build() {
    local preset=$1 begun=$SECONDS log
    shift
    say "building $preset"
    log=$(mktemp)
    if ! (cd "$root" && cmake --preset "$preset") </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        stop "cmake could not configure the preset $preset (its last words are above)"
    fi
    rm -f "$log"
    local targets=()
    [ $# -eq 0 ] || targets=(--target "$@")
    (cd "$root" && cmake --build --preset "$preset" "${targets[@]}") </dev/null 2>&1 | build_progress ||
        stop "the build of $preset failed (what the compiler said is above)"
    say "built $preset in $((SECONDS - begun)) s"
}

build_progress() {
    awk -v name="$program" '
        match($0, /^\[[0-9]+\/[0-9]+\]/) {
            split(substr($0, 2, RLENGTH - 2), n, "/")
            if (int(n[1] * 10 / n[2]) > last) { last = int(n[1] * 10 / n[2]); print name ":   " $1; fflush() }
            next
        }
        /^ninja: no work to do/ { next }
        { print; fflush() }'
}

# As root: makes sure of the user that browsers and tests run as. Chromium's sandbox needs one that is not root.
need_test_user() {
    [ "$(id -u)" = 0 ] || return 0
    if ! id "$test_user" >/dev/null 2>&1; then
        useradd --create-home --shell /bin/bash --comment "runs the tests of bmc-agent" "$test_user" ||
            stop "the user $test_user could not be created"
        say "created the user $test_user, for a browser does not run as root with its sandbox on (remove it with: userdel -r $test_user)"
    fi
}

# A private temporary folder for the run, owned by the user that it is for. Sets $scratch.
make_scratch() {
    scratch=$(mktemp -d /tmp/bmc-XXXXXX)
    mkdir "$scratch/home" "$scratch/run" "$scratch/tmp"
    chmod 700 "$scratch" "$scratch/run"
    if [ "$(id -u)" = 0 ]; then chown -R "$test_user:" "$scratch"; fi
}

# fresh_folder FOLDER RUNNER: an empty folder for what RUNNER (as_user or as_root) writes. What the test user left in an
# earlier one, links among it, is removed and not followed; the folder above has to be out of that user's reach.
fresh_folder() {
    rm -rf "$1"
    mkdir "$1"
    if [ "$(id -u)" = 0 ] && [ "$2" = as_user ]; then chown -h "$test_user:" "$1"; fi
}

# fetch_file FROM TO: a file that the test user made. Read as that user, for it may be a link; and TO is replaced, not written
# through, for it may be one as well.
fetch_file() {
    local part
    part=$(mktemp "$2.XXXXXX")
    if ! as_user 20 cat "$1" >"$part"; then
        rm -f "$part"
        return 1
    fi
    chmod 644 "$part"
    mv -fT "$part" "$2"
}

# as_user SECONDS COMMAND...: runs it bounded, with a clean environment, and leaves nothing running.
as_user() {
    local seconds=$1 user=()
    shift
    [ "$(id -u)" != 0 ] || user=(--user "$test_user")
    contained "$seconds" "${user[@]}" -- env -i "HOME=$scratch/home" "TMPDIR=$scratch/tmp" \
        "XDG_RUNTIME_DIR=$scratch/run" "PATH=$PATH" LANG=C.UTF-8 "TERM=${TERM:-dumb}" "CI=${CI:-}" "$@"
}

# In the background and waited for, so that a signal to this script is heard at once and passed on.
contained() {
    local seconds=$1 status=0
    shift
    python3 "$root/packaging/contain.py" --seconds "$seconds" "$@" </dev/null &
    contained_pid=$!
    wait "$contained_pid" || status=$?
    contained_pid=
    return "$status"
}

# For `trap ... EXIT`: ends what runs, removes the scratch folder.
clean_up() {
    if [ -n "${beside_pid:-}" ]; then
        kill "$beside_pid" 2>/dev/null || true # ninja ends its compilers
        wait "$beside_pid" || true
    fi
    rm -f "${beside_log:-}"
    if [ -n "${contained_pid:-}" ]; then
        kill "$contained_pid" 2>/dev/null || true
        wait "$contained_pid" || true
    fi
    [ -z "${scratch:-}" ] || rm -rf "$scratch"
}

# As root in a checkout that the test user cannot read: works on a copy that it can, then removes that.
# work_where_readable SCRIPT ARGUMENTS...: returns where nothing is to be done, else ends with the script's status.
work_where_readable() {
    [ "$(id -u)" = 0 ] || return 0
    local script=$1 copy status=0
    shift
    if python3 "$root/packaging/contain.py" --seconds 10 --user "$test_user" -- test -r "$root/$script" 2>/dev/null; then
        return 0
    fi
    copy=$(mktemp -d /var/tmp/bmc-copy-XXXXXX)
    chmod 755 "$copy"
    say "$test_user cannot read this checkout: working on a copy in $copy, which is removed at the end"
    tar -C "$root" --exclude=./build --exclude=node_modules -cf - . | tar -C "$copy" --no-same-owner -xf -
    chmod -R a+rX "$copy"
    BMC_COPY_OF=$root "$copy/$script" "$@" || status=$?
    rm -rf "$copy"
    exit "$status"
}
