# Makes the data directory: POSTGRES_USER (postgres), POSTGRES_PASSWORD, POSTGRES_DB (as the user), POSTGRES_INITDB_ARGS,
# POSTGRES_INITDB_WALDIR and POSTGRES_HOST_AUTH_METHOD count when $PGDATA is empty; the first four may be given as
# NAME_FILE. Then the files of /docker-entrypoint-initdb.d run against a temporary server that listens on its socket only.
#
# While this goes on, $PGDATA holds the folder `.initialising`. A start that finds it knows that the one before was
# interrupted, whatever else lies there, and begins again from nothing.

fail() {
    printf 'docker-entrypoint: %s\n' "$@" >&2
    exit 1
}

say() { printf 'docker-entrypoint: %s\n' "$*"; }

# read_setting NAME DEFAULT : the variable NAME, or the content of the file that NAME_FILE names.
read_setting() {
    local name=$1 file_name="$1_FILE"
    if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then fail "$name and $file_name are both set; keep one of them"; fi
    if [ -n "${!file_name:-}" ]; then
        [ -r "${!file_name}" ] || fail "$file_name names ${!file_name}, which cannot be read"
        printf -v "$name" '%s' "$(<"${!file_name}")"
    fi
    [ -n "${!name:-}" ] || printf -v "$name" '%s' "$2"
    export "${name?}"
    unset "$file_name"
}

read_settings() {
    read_setting POSTGRES_PASSWORD ''
    read_setting POSTGRES_USER postgres
    read_setting POSTGRES_DB "$POSTGRES_USER"
    read_setting POSTGRES_INITDB_ARGS ''
    : "${POSTGRES_HOST_AUTH_METHOD:=}"
}

require_password() {
    [ -z "$POSTGRES_PASSWORD" ] || return 0
    [ "$POSTGRES_HOST_AUTH_METHOD" = trust ] || fail \
        "$PGDATA is empty, and a new database needs a password for its superuser." \
        "Set POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE) to one that is not empty," \
        "or POSTGRES_HOST_AUTH_METHOD=trust to let anybody in who can reach the port."
    say "anybody who can reach the port is let in, without a password (POSTGRES_HOST_AUTH_METHOD=trust)"
}

# A second container on the same volume must not take a running initialisation for an interrupted one.
lock_data_directory() {
    exec {lock}<"$PGDATA"
    flock --nonblock "$lock" || fail "another container is making the data directory $PGDATA"
}

unlock_data_directory() { exec {lock}<&-; }

clear_interrupted() {
    [ -d "$PGDATA/.initialising" ] || return 0
    say "the last start was interrupted while it made $PGDATA: beginning again"
    find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name .initialising ! -name lost+found -exec rm -rf {} +
    [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || find "$POSTGRES_INITDB_WALDIR" -mindepth 1 -delete
    rm -rf "$PGDATA/.initialising"
}

require_empty() {
    [ -z "$(find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit)" ] || fail \
        "$PGDATA is not empty and holds no database (no PG_VERSION). Empty it, or mount another volume."
}

# `initdb` wants an empty folder, so it works in the marker's and the result moves up from there.
make_cluster() {
    mkdir -m 0700 "$PGDATA/.initialising" "$PGDATA/.initialising/new"
    local arguments=()
    eval "arguments=($POSTGRES_INITDB_ARGS)" # may hold quotes, as in --auth-host="scram-sha-256"
    [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || arguments+=(--waldir "$POSTGRES_INITDB_WALDIR")
    if [ -n "$POSTGRES_PASSWORD" ]; then
        exec {password}< <(printf '%s\n' "$POSTGRES_PASSWORD")
        arguments+=(--pwfile "/dev/fd/$password")
    fi
    initdb --pgdata "$PGDATA/.initialising/new" --username "$POSTGRES_USER" "${arguments[@]}" >/dev/null
    find "$PGDATA/.initialising/new" -mindepth 1 -maxdepth 1 -exec mv -t "$PGDATA" {} +
}

allow_connections() {
    local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption "$@")}
    printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

# psql as the superuser over the socket. Scripts that are sourced may call it by this name.
docker_process_sql() {
    local database=(--dbname "$POSTGRES_DB") word
    for word in "$@"; do case $word in --dbname* | -d*) database=() ;; esac; done
    PGHOST='' PGHOSTADDR='' psql --set ON_ERROR_STOP=1 --no-psqlrc --no-password \
        --username "$POSTGRES_USER" "${database[@]}" "$@"
}

start_temporary_server() {
    local options
    printf -v options '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}"
    NOTIFY_SOCKET='' PGUSER=${PGUSER:-$POSTGRES_USER} pg_ctl start --wait --silent --pgdata "$PGDATA" --options "$options"
}

stop_temporary_server() { pg_ctl stop --wait --silent --mode fast --pgdata "$PGDATA"; }

create_database() {
    docker_process_sql --dbname postgres --quiet --set name="$POSTGRES_DB" <<'SQL'
SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL
}

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
        *.sh) if [ -x "$file" ]; then say "running $file"; "$file"; else say "sourcing $file"; . "$file"; fi ;;
        *.sql) say "running $file"; docker_process_sql --file "$file" ;;
        *.sql.gz) say "running $file"; gunzip --stdout "$file" | docker_process_sql ;;
        *.sql.xz | *.sql.zst) fail "$file: this image unpacks .gz only" ;;
        '/docker-entrypoint-initdb.d/*') ;;
        *) say "left out: $file" ;;
        esac
    done
}

# fill_data_directory ARGUMENT... : the arguments are those of the server to come.
fill_data_directory() {
    require_password
    # As PID 1 a shell outlives every signal without a handler; so `docker stop` ends an initialisation.
    trap 'exit 130' INT TERM QUIT
    clear_interrupted
    require_empty
    make_cluster
    allow_connections "$@"
    export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
    start_temporary_server "$@"
    create_database
    run_init_files
    stop_temporary_server
    unset PGPASSWORD
    sync "$PGDATA"
    rm -rf "$PGDATA/.initialising"
    trap - INT TERM QUIT
    say "$PGDATA is ready"
}

prepare_data_directory() {
    mkdir -p "$PGDATA"
    chmod 0700 "$PGDATA" 2>/dev/null || true # a folder of another owner: postgres itself says what is wrong with it
    shift
    if [ -s "$PGDATA/PG_VERSION" ] && [ ! -d "$PGDATA/.initialising" ]; then
        say "$PGDATA holds a database: it is used as it is"
        return 0
    fi
    read_settings
    lock_data_directory
    fill_data_directory "$@"
    unlock_data_directory
}
