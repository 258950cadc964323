#!/bin/sh
# For cron: runs a command and sends an event about its end, `backup.done` or `backup.failed`. Needs neither Node nor a running worker.
#
#   0 2 * * * /path/backup-with-event.sh tar -czf /backup/home.tgz /home/me
set -u

# `waymark emit --shell-library` prints where this file is; a copy beside this script works, too.
. "${WAYMARK_SHELL_LIBRARY:-$(dirname "$0")/waymark.sh}"
WAYMARK_SOURCE=cron/backup

began=$(date +%s)
"$@"
status=$?
seconds=$(($(date +%s) - began))

if [ "$status" = 0 ]; then
  waymark_emit backup.done "{\"seconds\":$seconds}" low
else
  waymark_emit backup.failed "{\"seconds\":$seconds,\"status\":$status,\"command\":$(waymark_quote "$*")}" high
fi >/dev/null
exit "$status"
