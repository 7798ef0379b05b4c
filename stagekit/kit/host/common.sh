set -eu
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"

# put FILE MODE TEXT : writes a file whole or not at all.
put() {
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "$3" >"$1.new"
    chmod "$2" "$1.new"
    mv "$1.new" "$1"
}
# Another apt may be at work, as on a machine that has just booted: its lock is waited for.
apt() {
    log=$(mktemp)
    apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confold "$@" >"$log" 2>&1 || { tail -n 5 "$log" >&2; exit 1; }
    rm -f "$log"
}
# Lists of packages are fetched where those that are there are older than an hour.
lists() {
    dpkg --configure -a >/dev/null  # what an interrupted run left half done
    [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -60 2>/dev/null)" ] || apt update
}
