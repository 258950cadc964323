#!/usr/bin/env python3
# waymark: on task.failed
# More of these: timeout=30 concurrency=1 attempts=5 filter payload.call.tool=Bash
"""The event is JSON on standard input, and in the file WAYMARK_EVENT_FILE.

Exit status: 0 done, 75 try again later, anything else failed (and tried again, up to `attempts`).
"""
import json
import os
import sys

event = json.load(sys.stdin)
call = event["payload"].get("call", {})
line = f'{event["timestamp"]} {call.get("tool", "?")}: {call.get("target", "")}'

folder = os.path.join(os.environ["WAYMARK_HOME"], "log")
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "my-failures.log"), "a", encoding="utf-8") as log:
    log.write(line + "\n")
print("noted", event["event_type"], event["event_id"])
