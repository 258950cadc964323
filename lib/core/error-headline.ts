import { errorBody } from './error-body.ts';

/** Of a longer text, only the beginning and the end are searched. */
const MAX_UNITS = 32_768;

/**
 * Finds the one line of an error that a person would quote: `Missing script: "tset"` from npm, not
 * the exit status, the repeated command, or the path of a log. Removes only prefixes that name the
 * speaker. The line may contain anything: quote it for Claude, and clean it for a terminal. Returns
 * an empty text for an empty error.
 */
export function errorHeadline(error: string): string {
  const lines = printedLines(error);
  if (lines.length === 0) return error.trim();
  const candidates = lines.filter((line) => !NOISE.test(line));
  const found = RANKS.map((rank) => chosen(candidates, rank)).find((line) => line !== undefined);
  const line = found ?? candidates[0] ?? lines[0] ?? '';
  return withoutSpeaker(withContinuation(line, lines));
}

function printedLines(error: string): readonly string[] {
  const text =
    error.length > MAX_UNITS
      ? `${error.slice(0, MAX_UNITS / 2)}\n${error.slice(-MAX_UNITS / 2)}`
      : error;
  return errorBody(text)
    .replaceAll(/<\/?tool_use_error>/g, '')
    .split('\n')
    .flatMap((line) => withoutFrame(line) || []);
}

/**
 * Removes the program name that starts every line, and the frame that a compiler draws around code.
 */
function withoutFrame(line: string): string {
  return line
    .trim()
    .replace(/^npm (?:error|ERR!|warn|WARN)(?=\s|$)\s*/, '')
    .replace(/^(?:\[(?:ERROR|FATAL|error)\]|ERROR:root:) */, '')
    .replace(/^(?:E {2,}|[│╷╵|] )/, '')
    .replace(/^enoent (?=Could)/, '')
    .trim();
}

/**
 * Matches lines printed around an error: the command again, places in code, logs, advice,
 * summaries, rulers.
 */
const NOISE = new RegExp(
  [
    String.raw`^(?:> |\$ |at .*[:)]|File "|code E\w+$|(?:syscall|path|errno|command|workspace|location|dest|cwd|cmd|signal|prefix|engine)\b(?!:)|A complete log|Lifecycle script|This is (?:probably )?not a problem|Did you mean|To see a list|notice|Oops!|Cloning into|Unable to find image|(?:ERROR: )?[Uu]sage:)`,
    String.raw`^(?:Traceback|node:internal|Node\.js v|Require stack|- /|\d+ \||\| |--> |= (?:note|help)|\^+|hint: |warning: |WARN|INFO\b|\[(?:INFO|WARNING)\]|DEBUG|Downloading|Compiling |Checking |Finished|Running |Collecting )`,
    String.raw`^[\s^~\-=*_#+.|]+$|^=+ (?:test session starts|FAILURES|ERRORS|short test summary|warnings summary)|^(?:platform|rootdir|plugins|cachedir|configfile|collected|collecting) ?`,
    String.raw`^(?:BUILD FAILURE|COMPILATION ERROR ?:?|FAILURE: Build failed|-> \[Help|To see the full stack trace|Re-run Maven|For more information|\[Help \d+\]|After correcting|Try '.*--help'|Run '.*--help'|See '.*--help'|\* Try:|Run with --)`,
    String.raw`^(?:yarn run v|info (?:Visit|No lockfile)|#\d+ |running \d+ tests?$|test .* \.\.\. ok$|=== RUN|ok\s|PASS|✓|√|(?:Test Files|Tests|Start at|Duration|Snapshots|Time|Ran all test suites)\b|RUN )`,
  ].join('|'),
  'u',
);

/**
 * A pattern of the line to quote. The list is sorted by reliability. If several lines match, the
 * first one counts; with `last`, the last one.
 */
interface Rank {
  readonly sign: RegExp;
  readonly last?: true;
  readonly but?: RegExp;
}

/** Matches a summary, which only repeats that something failed. */
const SUMMARY =
  /^(?:error: (?:could not compile|test failed, to rerun|aborting due to|failed to push some refs|script ".*" exited|Process completed)|make(?:\[\d+\])?: \*\*\* (?:\[|Waiting|.* Error \d+)|FAIL\b(?:\s+\S+\s+[\d.]+m?s| *$|\s+\S+ \[build failed\])|Found \d+ errors?|✖ \d+ problems?|\d+ (?:tests? )?(?:failed|failing)|error Command failed|ELIFECYCLE|.{0,40}Command failed with exit code|Failed to execute goal .* on project|There (?:are|were) test failures|ERROR: failed to solve|Errno? \d+$|Exit status|Error: Process completed|Failing tests|Tests run:|\d+ errors? generated|ninja: build stopped|test result: FAILED|error: Recipe|Aborting|fatal: Could not read from remote|FAILED \(|\d+ examples?,|ERROR: .*did not complete successfully)/;

const RANKS: readonly Rank[] = [
  // An assertion, a compiler error or a stack trace, as its tool prints it.
  { sign: /^FAILED \S+::\S+/ },
  {
    sign: /^(?:Missing script|No rule to make target|make(?:\[\d+\])?: \*\*\* No |Unknown lifecycle)/,
  },
  { sign: /^(?:thread '.*' panicked at|panic: |error\[E\d+\]: |--- FAIL: )/ },
  { sign: /(?:: |\s)error (?:TS|CS|FS|BC|MSB|C|LNK)\d+: |^error (?:TS|MSB)\d+: / },
  { sign: /^\S+?[:(]\d+(?:[:,]\d+)?\)?(?::|\s+-)? (?:fatal )?error\b/ },
  {
    sign: /^\S+\.(?:go|java|kt|swift|rs|c|cc|cpp|h|m|rb|php|scala|hs|ex|zig|proto):\[?\d+(?:[:,]\d+\]?)?:? ?\S/,
  },
  { sign: /^\S+?:\d+:\d+:? \S/ },
  { sign: /^(?:\* What went wrong:|CONFLICT |! \[(?:remote )?rejected\])/ },
  { sign: /Error response from daemon:/ },
  {
    sign: /^[\w.]*(?:Error|Exception|NotFound|Interrupt|Panic)(?: \[\w+\])?: \S/,
    last: true,
    but: SUMMARY,
  },
  { sign: /^[\w.]+(?:Error|Exception)(?: \[\w+\])?$/, last: true },
  { sign: /^(?:fatal|error|ERROR|FATAL|Fatal|E|ERR_\w+)\b.{0,20}?[:!]? \S/, but: SUMMARY },
  { sign: /^\d+:\d+\s+error\s/ },
  { sign: /^(?:●|✕|✗|✘|×|not ok) .*\S/, but: SUMMARY },
  { sign: /^FAIL .*\S/, but: SUMMARY },
  {
    sign: /command not found|: not found|is not (?:a|an) \S+ command|not recognized as|permission denied|no such file/i,
  },
  {
    sign: /error|fatal|fail|cannot|can't|could ?n[o']t|denied|not found|no such|unknown|invalid|missing|unable|refused|unrecognized|panic|undefined|unexpected|expected|not |nicht|keine|fehler|erreur|aucun|introuvable|refusée|non |错误|没有|未找到|权限|不是|无法|失败/i,
    but: SUMMARY,
  },
  { sign: SUMMARY },
];

function chosen(lines: readonly string[], { sign, last, but }: Rank): string | undefined {
  const fits = (line: string): boolean => sign.test(line) && but?.test(line) !== true;
  return last === true ? lines.findLast(fits) : lines.find(fits);
}

/** Appends the next line to a line that ends with a colon. */
function withContinuation(line: string, lines: readonly string[]): string {
  const next = lines[lines.indexOf(line) + 1];
  return line.endsWith(':') && next !== undefined && !NOISE.test(next) ? `${line} ${next}` : line;
}

function withoutSpeaker(line: string): string {
  const text = line
    .replace(
      /^(?:\/\S*\/)?(?:ba|z|da|k|fi)?sh: (?:-c: )?(?:(?:line |Zeile |ligne |第 ?)?\d+(?: ?行)? ?[:：] ?)?/,
      '',
    )
    .replace(/^\* What went wrong: /, '');
  return text === '' ? line : text;
}
