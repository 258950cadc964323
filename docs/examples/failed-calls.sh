#!/bin/sh
# waymark: on task.failed timeout=10
# waymark: filter payload.call.tool=Bash
#
# Appends one line for each failed command to log/failed-commands.txt of the state folder.
# The event is one line of JSON in the file $WAYMARK_EVENT_FILE. A delivery may come twice, so each event is noted once.
set -eu

list="$WAYMARK_HOME/log/failed-commands.txt"
mkdir -p "$WAYMARK_HOME/log"
if [ -f "$list" ] && grep -qF "$WAYMARK_EVENT_ID" "$list"; then
  echo "noted before"
  exit 0
fi

# Enough for texts without quotes; take jq for more: jq -r .payload.call.target "$WAYMARK_EVENT_FILE"
command=$(sed -n 's/.*"target":"\([^"]*\)".*/\1/p' "$WAYMARK_EVENT_FILE")
printf '%s %s\n' "$WAYMARK_EVENT_ID" "$command" >>"$list"
echo "noted: $command"
