# shellcheck shell=bash disable=SC2154
# Sourced by tests of tests/full that need a system of another release: makes its root folder and runs commands in it.
# Expects packaging/setup.sh to be sourced before.

# The place that this machine's own apt fetches Debian from; the variable MIRROR names another.
mirror() {
    [ -z "${MIRROR:-}" ] || { printf '%s\n' "$MIRROR"; return; }
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian main //p' | grep -v security | head -n 1
}

# make_root FOLDER RELEASE [PACKAGE...]: a fresh system of that release with apt's lists; one that is there already is kept.
make_root() {
    local folder=$1 release=$2 from log
    shift 2
    [ ! -e "$folder/made" ] || return 0
    [ ! -e "$folder" ] || [ -e "$folder/debootstrap" ] || [ -z "$(ls -A "$folder")" ] ||
        stop "$folder is there and no root that a test has made"
    need_packages debootstrap
    from=$(mirror)
    [ -n "$from" ] || stop "this machine's apt knows no mirror of Debian; set MIRROR to one"
    say "fetching a $release into $folder"
    rm -rf "$folder"
    mkdir -p "$folder"
    log=$(mktemp)
    # Debootstrap mounts a /proc there, in a namespace that goes with it.
    if ! { contained 1800 -- unshare --mount --propagation private debootstrap --variant=minbase --include=ca-certificates "$release" "$folder" "$from" &&
        take_settings "$folder" && in_root 300 "$folder" apt-get update -q &&
        { [ $# = 0 ] || in_root 1800 "$folder" apt-get install -q -y --no-install-recommends "$@"; }; } \
        </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        stop "the $release could not be made (the last words are above)"
    fi
    rm -f "$log"
    touch "$folder/made"
}

# take_settings FOLDER: how apt reaches its servers from here, and what certificates are trusted.
take_settings() {
    local file
    apt-config dump | grep -E '^Acquire::(http|https|Check-[A-Z]\w*)\b' >"$1/etc/apt/apt.conf.d/99here" || true
    for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
        [ -f "$file" ] || continue
        mkdir -p "$1/$(dirname "$file")"
        cp -L "$file" "$1/$file"
    done
}

# clone_into FOLDER: what is committed here, as a clean checkout at /srv/checkout of that root; what an earlier run built in a
# folder that was kept stays.
clone_into() {
    local folder=$1/srv/checkout
    [ -z "$(git -C "$root" status --porcelain)" ] || say "what is not committed here is not in the clone"
    if [ -d "$folder/.git" ]; then
        git -C "$folder" fetch -q --depth 1 "file://$root" HEAD && git -C "$folder" checkout -q --force FETCH_HEAD
    else
        git clone -q --no-local --depth 1 "file://$root" "$folder"
    fi || stop "the checkout could not be cloned"
}

# in_root SECONDS FOLDER COMMAND...: bounded, with that folder as /.
in_root() {
    local seconds=$1
    shift
    contained "$seconds" -- "$root/tests/full/root/enter" "$@"
}
