# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by tests/run and packaging/quickstart: packages, the build, and a user without rights to run browsers as.
# Expects: set -euo pipefail, $root (the checkout) and $program (the name that messages begin with).

# Everything here comes from the release itself: Debian 12 or 13, Ubuntu 24.04. Where a package's name differs between
# releases, the names stand with | between them, and the first that the release offers is taken; a | at the end says that a
# release without any of them goes without.
build_packages=(build-essential cmake ninja-build ccache pkg-config python3 file 'libboost1.81-dev|libboost-dev' libssl-dev
    nlohmann-json3-dev libcurl4-openssl-dev libsimdjson-dev libcli11-dev libfmt-dev
    libtomlplusplus-dev libqrcodegencpp-dev libjwt-dev libgtest-dev libgmock-dev libbenchmark-dev)
run_packages=('chromium|google-chrome-stable' nodejs npm ca-certificates openssl procps)
test_packages=('clang-format-14|' curl strace valgrind systemd-container dbus mandoc groff-base rpm zsh fish python3-prometheus-client
    'chromium-driver|' yamllint tinyproxy-bin squid microsocks iproute2 nftables tzdata
    # What PostgreSQL links.
    'libicu72|libicu74|libicu76' 'libldap-2.5-0|libldap2' liblz4-1 'libreadline8|libreadline8t64' libselinux1 libxml2
    libxslt1.1)
postgres_package='postgresql-15|postgresql-16|postgresql-17'

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

# installed PACKAGE: whether it is here. Nodejs, npm and chromium may also come from elsewhere.
installed() {
    case $1 in
        nodejs) command -v node >/dev/null && return 0 ;;
        npm | chromium) command -v "$1" >/dev/null && return 0 ;;
    esac
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# offered PACKAGE: whether the release has it.
offered() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) =~ Candidate:\ [^\(] ]]; }

# knows_the_release: whether apt has fetched its lists, without which nothing is offered.
knows_the_release() { compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; }

# chosen 'NAME|NAME…': the first that is here or that the release has; nothing for an entry that may be left out; else the
# first of them, of which apt-get then says that there is none.
chosen() {
    local name names
    IFS='|' read -ra names <<<"$1"
    for name in "${names[@]}"; do
        if installed "$name" || offered "$name"; then
            printf '%s\n' "$name"
            return 0
        fi
    done
    [[ $1 == *'|' ]] || printf '%s\n' "${names[0]}"
}

# missing_of ENTRY...: the packages that are chosen and not here, a line each.
missing_of() {
    local entry name
    for entry in "$@"; do
        name=$(chosen "$entry")
        [ -z "$name" ] || installed "$name" || printf '%s\n' "$name"
    done
}

# as_administrator COMMAND...: as root, by sudo where it asks nothing or can ask.
as_administrator() {
    local become=()
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
            become=(sudo)
        else
            return 126
        fi
    fi
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
}

# Installs what is missing of the packages named.
need_packages() {
    local missing log status=0
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian machine: taking for granted that it has what these packages hold: $*"
        return
    fi
    mapfile -t missing < <(missing_of "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    log=$(mktemp)
    if ! knows_the_release; then
        as_administrator apt-get update -q </dev/null >"$log" 2>&1 || status=$?
        mapfile -t missing < <(missing_of "$@")
    fi
    if [[ " ${missing[*]} " == *" chromium "* ]] && knows_the_release && ! offered chromium; then
        rm -f "$log"
        stop "this release has no package of Chromium (that of Ubuntu is a snap); install Google Chrome, the package google-chrome-stable of google.com/chrome, and start this again"
    fi
    if [ "$status" = 0 ] && [ ${#missing[@]} -gt 0 ]; then
        say "installing from the release's packages: ${missing[*]}"
        as_administrator bash -c "$install_quietly" _ "${missing[@]}" </dev/null >"$log" 2>&1 || status=$?
    fi
    [ "$status" = 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    case $status in
        0) ;;
        126) stop "packages are missing; as root: apt-get install --no-install-recommends ${missing[*]}" ;;
        *) stop "apt-get could not install ${missing[*]} (its last words are above)" ;;
    esac
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
    local folder=$root/build/postgresql server log
    if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || compgen -G "$folder/usr/lib/postgresql/*/bin/initdb" >/dev/null; then
        return 0
    fi
    command -v dpkg >/dev/null || return 0
    server=$(chosen "$postgres_package")
    say "fetching $server into build/postgresql"
    log=$(mktemp)
    mkdir -p "$folder"
    if ! (cd "$folder" && apt-get download "$server" "${server/-/-client-}" libpq5 &&
        for package in *.deb; do dpkg -x "$package" . && rm "$package"; done) </dev/null >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        rm -rf "$folder"
        stop "PostgreSQL could not be fetched (apt-get's last words are above)"
    fi
    rm -f "$log"
}

# The sources of the libraries that the portable program links in (packaging/portable.cmake), below build/, in the versions
# whose headers are installed. Fails with apt-get's last words where they cannot be fetched.
need_static_sources() {
    local folder=$root/build/sources wanted log
    # shellcheck disable=SC2016
    wanted=$(dpkg-query -W -f '${source:Package}=${source:Version}\n' libsimdjson-dev libfmt-dev 2>/dev/null) || return 0
    if [ "$(cat "$folder/versions" 2>/dev/null)" = "$wanted" ]; then return 0; fi
    say "fetching the sources of simdjson and fmt into build/sources"
    log=$(mktemp)
    rm -rf "$folder"
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
    # shellcheck disable=SC2016,SC2086
    if ! (cd "$folder" && apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        sed -nE 's/^(Debian|Ubuntu) /deb-src /p' >apt/sources.list &&
        source_apt update -q && source_apt source -q $wanted &&
        for name in simdjson fmtlib; do mv "$name"-*/ "$name"; done) </dev/null >"$log" 2>&1; then
        tail -n 10 "$log" >&2
        rm -f "$log"
        rm -rf "$folder"
        return 1
    fi
    rm -rf "$log" "$folder/apt"
    printf '%s\n' "$wanted" >"$folder/versions"
}

# source_apt COMMAND...: apt-get with lists of source packages, which stay below the current folder.
source_apt() {
    apt-get -o "Dir::Etc::sourcelist=$PWD/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache" -o APT::Sandbox::User= "$@"
}

# build PRESET TARGET...: configures (with $cmake_options) and builds into build/PRESET, with a line each tenth of the way.
cmake_options=()
build() {
    local preset=$1 begun=$SECONDS log
    shift
    say "building $preset"
    log=$(mktemp)
    if ! (cd "$root" && cmake --preset "$preset" "${cmake_options[@]}") </dev/null >"$log" 2>&1; then
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

# A private temporary folder for the run, owned by the user who runs it. Sets $scratch.
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
        "XDG_RUNTIME_DIR=$scratch/run" "PATH=$PATH" LANG=C.UTF-8 "TERM=${TERM:-dumb}" "CI=${CI:-}" \
        ${CHROMIUM:+"CHROMIUM=$CHROMIUM"} "$@"
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
