import { lazy } from '../../core/lazy.ts';

/** A command whose exit status answers a question: how its shape begins (or what it holds), and the statuses that are answers whatever is printed. */
type Answering = readonly [command: string, ...statuses: number[]];

/** Facts from the manuals of the programs. A status that also means trouble is not in a row. */
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
  ['(?:e|f|z)?grep|rg|ag|ack|pgrep|pidof|pkill|killall|which|type|command -v|hash', 1],
  [String.raw`test|\[|\[\[|expr|mountpoint|cryptsetup status`, 1],
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

/** Whether the manual of the program calls this exit status an answer. Then what it printed is content, never an error. */
export function isAnswerStatus(command: string, status: number): boolean {
  return compiled().some(
    (row) => row.statuses.includes(status) && row.command.test(command.trimStart()),
  );
}

/** Whether curl gives up on the network with this status, though it printed nothing (`-s`). */
export function isNetworkStatus(command: string, status: number): boolean {
  return /^curl(?: |$)/.test(command) && [5, 6, 7, 28, 35, 52, 56].includes(status);
}

/** A thing is looked for, which may be made later: once it is missing says nothing about the next time. */
export const isProbe = (command: string): boolean =>
  /^(?:ls|stat|file|du|readlink|realpath)(?: |$)/.test(command);

/** What was printed is a difference between files: its lines are theirs. */
export function isDifference(body: string): boolean {
  return /^(?:diff (?:--git|-\S+) |--- \S.*\n\+\+\+ |Index: |\d+(?:,\d+)?[acd]\d+)/.test(body);
}
