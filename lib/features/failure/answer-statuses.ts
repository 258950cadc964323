import { lazy } from '../../core/lazy.ts';

/**
 * A command whose exit status answers a question: the beginning of its shape (or a text in it), and
 * the statuses that are answers whatever it prints.
 */
type Answering = readonly [command: string, ...statuses: number[]];

/** Facts from the programs' manuals. A status that can also mean an error is not listed. */
const ANSWERING: readonly Answering[] = [
  [String.raw`systemctl (?:--\S+ )*(?:is-active|is-enabled|is-failed|is-system-running)`, 1, 3, 4],
  [String.raw`systemctl (?:--\S+ )*status|service \S+ status|rc-service \S+ status`, 3],
  ['gh pr checks', 1, 8],
  ['gh run (?:watch|view) .*--exit-status', 1],
  [String.raw`git (?:-C \S+ )?rev-parse .*(?:--verify|-q|--quiet)`, 1, 128],
  [String.raw`git (?:-C \S+ )?(?:diff|diff-index|diff-files|diff-tree)`, 1],
  [String.raw`git (?:-C \S+ )?diff .*--check`, 2],
  [String.raw`git (?:-C \S+ )?(?:merge-base|show-ref|cat-file -e|check-ignore|ls-files|grep)`, 1],
  [String.raw`git (?:-C \S+ )?ls-remote .*--exit-code`, 2],
  ['z?diff|cmp|colordiff|sdiff|diff3|kubectl diff|helm diff', 1],
  [String.raw`git (?:-C \S+ )?(?:show-ref|cat-file -e|symbolic-ref)`, 1, 128],
  [String.raw`git (?:-C \S+ )?(?:config|remote get-url)`, 1, 2],
  ['(?:e|f|z)?grep|rg|ag|ack|pgrep|pidof|pkill|killall|which|type|command -v|hash', 1],
  [String.raw`test|\[|\[\[|expr|mountpoint|cryptsetup status`, 1],
  ['id|groups|crontab -l|lsusb|lspci|modinfo|whereis|m?locate|plocate|screen -ls', 1],
  [String.raw`tmux (?:-\S+ \S+ )?(?:has-session|has|ls|list-\w+)`, 1],
  ['ssh-add -[lL]|ssh-keygen -F', 1, 2],
  [
    String.raw`rpm -q\w*|dpkg(?:-query)? (?:-[slLSW]|--\w+)|pip3? show|brew (?:list|ls)|snap list`,
    1,
  ],
  ['apt-cache (?:show|policy)', 100],
  ['kill -0|kubectl auth can-i|iptables -C|make (?:-q|--question)|openssl x509 .*-checkend', 1],
  ['jq .*(?:-e|--exit-status)', 1, 4],
  ['aws s3 ls', 1],
  ['getent|look', 1, 2],
  ['nc|ncat|lsof|fuser|ping', 1],
  ['pg_isready', 1, 2],
  ['(?:docker|podman) (?:(?:image|container|volume|network) )?inspect', 1],
  ['(?:npm|pnpm|yarn) (?:outdated|audit)|pip check|bundle (?:outdated|check)|composer outdated', 1],
  ['cargo (?:audit|outdated)|mix hex.outdated|dotnet list', 1],
  ['(?:terraform|tofu) plan .*-detailed-exitcode', 2],
  [String.raw`curl .*(?:localhost|127\.0\.0\.1|0\.0\.0\.0|/(?:health|ready|live|ping|status))`, 22],
  ['wget .*--spider', 4, 8],
];

const compiled = lazy(() =>
  ANSWERING.map(([command, ...statuses]) => ({
    command: new RegExp(String.raw`^(?:${command})(?![\w-])`),
    statuses,
  })),
);

/**
 * Whether this exit status is an answer according to the program's manual. Then the output is
 * content, never an error.
 */
export function isAnswerStatus(command: string, status: number): boolean {
  return compiled().some(
    (row) => row.statuses.includes(status) && row.command.test(command.trimStart()),
  );
}

/** Whether this status means that curl had a network error, even if it printed nothing (`-s`). */
export function isNetworkStatus(command: string, status: number): boolean {
  return /^curl(?: |$)/.test(command) && [5, 6, 7, 28, 35, 52, 56].includes(status);
}

/** Programs and commands that only query. */
const QUESTION = lazy(
  () =>
    /^(?:ls|stat|file|du|readlink|realpath|host|dig|nslookup|whois)(?= |$)|^(?:(?!(?:npm|pnpm|bun) run|yarn (?!workspaces|info|list|why|config)|make|just|task|node|python|\.\/)[\w-]+) (?:\S+ ){0,3}(?:(?:show|view|ls|list|status|info|inspect|get|describe|search|policy|logs?|output|history|exists|has|head|top|ps|port|config:get|log|ls-remote|tree|why)(?:-[\w-]+)?|--(?:list|show|get|verify|exists|query)[\w-]*)(?= |$)/,
);

/** Messages about a missing thing that may be created later. */
const ABSENCE = lazy(
  () =>
    /(?<!command )\bnot found\b(?<!^\S+: not found)|\bno such (?!command|option|flag|subcommand)|does(?:n't| not) exist|not installed|can't find|cannot (?:find|access|statx?)|could ?n[o']t (?:find|resolve to)|\bE?404\b|^no \w|\bno .{1,40} (?:found|available|configured|exists?)\b|\bhas no\b|not a valid ref|unknown (?:revision|host|user)|Needed a single revision/i,
);

/** Whether a command only queries. */
export const isQuestion = (command: string): boolean => QUESTION().test(command);

/** Whether a query found nothing. That a thing is missing now says nothing about the next time. */
export function hasFoundNothing(command: string, error: string): boolean {
  return (
    isQuestion(command) &&
    ABSENCE().test(error) &&
    !/credential|token|log ?in|account|permission/i.test(error)
  );
}

/** Whether the output is a diff, whose lines come from files. */
export function isDifference(body: string): boolean {
  return /^(?:diff (?:--git|-\S+) |(?:diff \S+ \S+\n)?--- \S.*\n\+\+\+ |Index: |\d+(?:,\d+)?[acd]\d+)/.test(
    body,
  );
}
