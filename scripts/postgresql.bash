# PostgreSQL servers of a script's own, on loopback; to be sourced. Servers and clients take the password from PGPASSWORD,
# since whoever else works on this machine reaches loopback too.

postgresql_programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[ -x "$postgresql_programs/initdb" ] || { echo "${0##*/}: install postgresql-15 (scripts/setup test)" >&2; exit 2; }
export PGPASSWORD=${PGPASSWORD:-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')}
as_postgres=()
if [ "$(id -u)" -eq 0 ]; then as_postgres=(runuser -u postgres --); fi  # the server refuses to run as root

# postgresql PROGRAM ARGUMENT...: runs one of PostgreSQL's programs.
postgresql() { (cd / && "${as_postgres[@]}" "$postgresql_programs/$1" "${@:2}"); }

# folder_for_postgresql FOLDER: makes an empty one for a server.
folder_for_postgresql() {
  mkdir -m 700 "$1"
  [ ${#as_postgres[@]} -eq 0 ] || chown postgres "$1"
}

# make_postgresql FOLDER: makes a server whose one user is klotterkoll.
make_postgresql() {
  folder_for_postgresql "$1"
  (umask 077 && echo "$PGPASSWORD" >"$1.password")
  [ ${#as_postgres[@]} -eq 0 ] || chown postgres "$1.password"
  postgresql initdb --pgdata "$1" --username klotterkoll --auth scram-sha-256 --pwfile "$1.password" --encoding UTF8 \
    --locale C.UTF-8 --no-sync >/dev/null
  rm "$1.password"
}

# start_postgresql FOLDER PORT OPTION...: starts it, and waits until it answers; what it says lies in FOLDER/log.
start_postgresql() {
  postgresql pg_ctl --pgdata "$1" --log "$1/log" --wait --options \
    "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c dynamic_shared_memory_type=mmap ${*:3}" start >/dev/null
}

# stop_postgresql FOLDER: ends it, if it runs, and removes what one that was killed has left in the kernel.
stop_postgresql() {
  if postgresql pg_ctl --pgdata "$1" status >/dev/null 2>&1; then
    postgresql pg_ctl --pgdata "$1" --mode fast stop >/dev/null
  elif [ -e "$1/postmaster.pid" ]; then
    ipcrm --shmem-id "$(awk 'NR == 7 { print $2 }' "$1/postmaster.pid")"
  fi
}

# free_ports COUNT
free_ports() {
  python3 -c '
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))' "$1"
}
