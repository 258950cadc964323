# waymark for shell scripts: events without Node. For sh, dash, bash, busybox; source it:
#
#   . "$(waymark emit --shell-library)"        # or a copy of this file
#   waymark_emit build.failed '{"job":"lint"}' high
#   waymark_emit backup.done "$(waymark_payload disk "$name" note "it's \"full\"")"
#
# waymark_create_event TYPE [PAYLOAD]            prints an event
# waymark_emit TYPE [PAYLOAD] [PRIORITY]         queues one and prints its id; returns 1 when that fails
# waymark_payload NAME TEXT [NAME TEXT]...       prints a JSON object of texts
# waymark_quote TEXT                             prints a JSON string
#
# PAYLOAD is a JSON object; any other text becomes {"message": TEXT}. PRIORITY is critical, high, medium, low, or a digit of the queue, 0 (first) to 9.
# WAYMARK_SOURCE names the maker, WAYMARK_CORRELATION joins events. No worker needs to run. The worker looks at type and payload; a bad event goes to
# `waymark dead list`. Texts must be UTF-8.

waymark_quote() {
  case "${1-}" in
    *[!\ A-Za-z0-9_.,:/@%+=-]*) ;;
    *) printf '"%s"' "${1-}"; return ;;
  esac
  printf '%s\n' "$1" | LC_ALL=C command awk '
    BEGIN {
      for (i = 1; i < 32; i++) escaped[sprintf("%c", i)] = sprintf("\\u%04x", i)
      escaped["\""] = "\\\""; escaped["\\"] = "\\\\"
      printf "\""
    }
    NR > 1 { printf "%s", "\\n" }
    {
      text = ""
      for (i = 1; i <= length($0); i++) { c = substr($0, i, 1); text = text ((c in escaped) ? escaped[c] : c) }
      printf "%s", text
    }
    END { printf "\"" }'
}

waymark_payload() (
  object=''
  while [ $# -ge 2 ]; do
    object="$object${object:+,}$(waymark_quote "$1"):$(waymark_quote "$2")"
    shift 2
  done
  [ $# -eq 0 ] || { echo "waymark_payload: $1 has no text" >&2; return 1; }
  printf '{%s}' "$object"
)

waymark_create_event() (
  type=${1-} payload=${2-} urgency=${3-} metadata=''
  _waymark_is_type "$type" || { echo "waymark: event_type must be lower-case words joined by dots, such as build.failed" >&2; return 1; }
  case "$payload" in
    '') payload='{}' ;;
    '{'*'}') ;;
    *) payload="{\"message\":$(waymark_quote "$payload")}" ;;
  esac
  [ -z "$urgency" ] || metadata="\"priority\":$(waymark_quote "$urgency")"
  if [ -n "${WAYMARK_CAUSE-}" ]; then
    case "${WAYMARK_DEPTH:-0}" in
      [0-7]) depth=$((${WAYMARK_DEPTH:-0} + 1)) ;;
      *) _waymark_loop "$type"; return 1 ;;
    esac
    metadata="$metadata${metadata:+,}\"cause\":$(waymark_quote "$WAYMARK_CAUSE"),\"depth\":$depth"
  fi
  now=$(date -u '+%Y%m%d_%H%M%S %Y-%m-%dT%H:%M:%SZ')
  id="evt_${now% *}_$(command od -An -N8 -tx1 /dev/urandom | tr -d ' \n')"
  printf '{"event_id":"%s","event_type":"%s","timestamp":"%s","source":%s' "$id" "$type" "${now#* }" "$(waymark_quote "${WAYMARK_SOURCE:-shell}")"
  [ -z "${WAYMARK_CORRELATION-}" ] || printf ',"correlation_id":%s' "$(waymark_quote "$WAYMARK_CORRELATION")"
  [ -z "$metadata" ] || printf ',"metadata":{%s}' "$metadata"
  printf ',"payload":%s}\n' "$payload"
)

waymark_emit() (
  urgency=${3-}
  case "$urgency" in
    '' | medium) digit=5 ;;
    critical) digit=0 ;;
    high) digit=2 ;;
    low) digit=8 ;;
    [0-9]) digit=$urgency urgency='' ;;
    *) echo "waymark: priority must be critical, high, medium, low or a digit" >&2; return 1 ;;
  esac
  event=$(waymark_create_event "${1-}" "${2-}" "$urgency") || return 1
  id=${event#*'"event_id":"'}
  id=${id%%'"'*}
  _waymark_put "$event" "${digit}_$id.json" && echo "$id"
)

_waymark_is_type() {
  case "$1" in
    *[!a-z0-9._-]* | *..* | *. | [!a-z]*) return 1 ;;
    *.*) [ ${#1} -le 100 ] ;;
    *) return 1 ;;
  esac
}

# Writes into tmp/ and renames: no reader ever sees half of it.
_waymark_put() (
  umask 077
  queue=$(_waymark_home)/queue || return 1
  command mkdir -p "$queue/tmp" "$queue/pending" || return 1
  printf '%s\n' "$1" > "$queue/tmp/$2" && command mv -f "$queue/tmp/$2" "$queue/pending/$2" && return 0
  command rm -f "$queue/tmp/$2"
  echo "waymark: cannot write to $queue" >&2
  return 1
)

# As every other part of waymark finds it: an empty WAYMARK_HOME and a relative XDG_STATE_HOME count as none.
_waymark_home() (
  home=${WAYMARK_HOME-}
  [ -n "$home" ] || [ -n "${HOME-}" ] || { echo "waymark: HOME is not set" >&2; return 1; }
  [ -n "$home" ] || case "$(uname):${XDG_STATE_HOME-}" in
    Darwin:*) home="$HOME/Library/Application Support/waymark" ;;
    *:/*) home=$XDG_STATE_HOME/waymark ;;
    *) home=$HOME/.local/state/waymark ;;
  esac
  case "$home" in
    /*) printf '%s' "$home" ;;
    *) echo "waymark: Cannot find the state folder: $home is not an absolute path" >&2; return 1 ;;
  esac
)

# Handlers that wake each other would never end. The alert has one id for all of one type in ten minutes.
_waymark_loop() (
  message="Cannot emit $1: 8 handlers have triggered each other already, the last by $WAYMARK_CAUSE"
  echo "waymark: $message" >&2
  id="loop-$1-$(($(date +%s) / 600))"
  payload="{\"reason\":\"event-loop\",\"message\":$(waymark_quote "$message"),\"ids\":[$(waymark_quote "$WAYMARK_CAUSE")]}"
  _waymark_put "{\"event_id\":\"$id\",\"event_type\":\"system.health_alert\",\"source\":\"shell\",\"payload\":$payload}" "0_$id-$$.json"
)
