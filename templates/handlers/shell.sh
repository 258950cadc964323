#!/bin/sh
# waymark: on task.failed
# More of these: timeout=30 concurrency=1 attempts=5 filter payload.call.tool=Bash
#
# The event is JSON on standard input, and in the file $WAYMARK_EVENT_FILE.
# Exit status: 0 done, 75 try again later, anything else failed (and tried again, up to `attempts`).
set -eu

log="$WAYMARK_HOME/log/my-failures.log"
mkdir -p "$WAYMARK_HOME/log"
# one line per event: jq is not needed, the JSON itself is one line
cat "$WAYMARK_EVENT_FILE" >> "$log"
echo "noted $WAYMARK_EVENT_TYPE $WAYMARK_EVENT_ID"
