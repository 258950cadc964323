import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { GatePlace } from './gate-place.ts';
import { FAILING, failingPattern, shapeOf, writeFailureView } from './known-failure.ts';

/** A needle that is part of the command that is known to fail. */
export const KNOWN_NEEDLE = 'npm run biuld';

/** One situation in which PreToolUse can find what is known. */
export interface NeedleCase {
  readonly name: string;
  /** `views/failures/needles`; not there without it. */
  readonly needles?: string;
  readonly prepare?: (needlesFile: string, place: GatePlace) => void;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue the one that is known to fail */
  readonly command?: string;
  /** What the client writes, if it is not the usual line. */
  readonly render?: (payload: object) => string;
  /**
   * Whether the hook says something to Claude. Node alone says the same, except for what only it
   * can see.
   */
  readonly says: boolean;
  readonly saidByNode?: boolean;
  /** Whether the gate needs Node for it. */
  readonly node: boolean;
}

const SILENT = { says: false, node: false } as const;
/** The gate stays silent, and Node would not: where the needles cannot be read. */
const BLIND = { ...SILENT, saidByNode: true } as const;
const IN_VAIN = { says: false, node: true } as const;
const SAYS = { says: true, node: true } as const;

const OTHERS = ['cargo tset', 'go biuld', 'make instal'];
const lines = (...needles: readonly string[]): string =>
  needles.map((needle) => `${needle}\n`).join('');
const many = (count: number): string =>
  lines(...Array.from({ length: count }, (_, n) => `program${n} argument${n * 7}`));

/** What a shell, a format string or a locale could stumble over, a megabyte of it. */
const AWKWARD = `"'\\n %s %% \${x} $(id) \`id\` \u2028 \n \t é漢😀 \\u0041 `.repeat(20_000);

const pretty = (payload: object): string => `${JSON.stringify(payload, null, 2)}\n`;

const KNOWLEDGE_CASES: readonly NeedleCase[] = [
  { name: 'nothing known', command: 'npm test', ...SILENT },
  { name: 'an empty list', needles: '', command: 'npm test', ...SILENT },
  {
    name: 'a call that nothing is known about',
    needles: lines(KNOWN_NEEDLE, ...OTHERS),
    command: 'npm test',
    ...SILENT,
  },
  {
    name: 'a call that is like a known one',
    needles: lines('npm run', ...OTHERS),
    command: 'npm run test',
    ...IN_VAIN,
  },
  { name: 'a call that is known to fail', needles: lines(...OTHERS, KNOWN_NEEDLE), ...SAYS },
  {
    name: 'a list without an end of its last line',
    needles: `${lines(...OTHERS)}${KNOWN_NEEDLE}`,
    ...SAYS,
  },
  { name: 'ten thousand others', needles: many(10_000), command: 'npm test', ...SILENT },
  {
    name: 'ten thousand others and the one',
    needles: `${many(10_000)}${lines(KNOWN_NEEDLE)}`,
    ...SAYS,
  },
  {
    name: 'a needle full of signs of a pattern that it is not',
    needles: lines('n.*m [r]un'),
    command: 'npm run test',
    ...SILENT,
  },
  {
    name: 'a needle full of signs of a pattern that stand in the call',
    needles: lines('grep -n ^a.*[b$ x'),
    command: 'grep -n ^a.*[b$ x',
    ...IN_VAIN,
  },
  {
    name: 'a needle with quotes and backslashes as the client writes them',
    needles: lines(`echo \\"a\\\\n`),
    command: 'echo "a\\n"',
    ...IN_VAIN,
  },
  { name: 'a needle beyond ASCII', needles: lines('größe'), command: 'größe 漢', ...IN_VAIN },
];

const PAYLOAD_CASES: readonly NeedleCase[] = [
  {
    name: '1 MB about nothing known',
    needles: lines('no such thing'),
    command: `npm test ${AWKWARD}`,
    ...SILENT,
  },
  {
    name: '1 MB with a needle at its end',
    needles: lines('the very end'),
    command: `npm test ${AWKWARD} the very end`,
    ...IN_VAIN,
  },
  {
    name: '1 MB beside a call that is known to fail',
    needles: lines(KNOWN_NEEDLE),
    render: (payload) => line({ ...payload, other: AWKWARD }),
    ...SAYS,
  },
  { name: 'a payload of many lines', needles: lines(KNOWN_NEEDLE), render: pretty, ...SAYS },
  {
    name: 'a payload of many lines about nothing known',
    needles: lines(...OTHERS),
    command: 'npm test',
    render: pretty,
    ...SILENT,
  },
  {
    name: 'a payload without an end of its line',
    needles: lines(KNOWN_NEEDLE),
    render: (payload) => JSON.stringify(payload),
    ...SAYS,
  },
  {
    name: 'a payload of 20,000 lines before and behind',
    needles: lines(KNOWN_NEEDLE),
    render: amidLines,
    ...SAYS,
  },
];

const PLACE_CASES: readonly NeedleCase[] = [
  {
    name: 'told to stay out',
    needles: lines(KNOWN_NEEDLE),
    environment: { WAYMARK_DISABLE: '1' },
    ...SILENT,
  },
  {
    name: 'below a worker',
    needles: lines(KNOWN_NEEDLE),
    environment: { WAYMARK_WORKER: '1' },
    ...SILENT,
  },
  {
    name: 'not told to stay out',
    needles: lines(KNOWN_NEEDLE),
    environment: { WAYMARK_DISABLE: '0', WAYMARK_WORKER: '' },
    ...SAYS,
  },
  {
    name: 'a locale of many bytes',
    needles: lines(KNOWN_NEEDLE),
    environment: { LC_ALL: 'C.UTF-8', LANG: 'de_DE.UTF-8' },
    ...SAYS,
  },
  {
    name: 'a locale that is not there',
    needles: lines(KNOWN_NEEDLE),
    environment: { LANG: 'xx_XX.KOI8-R' },
    ...SAYS,
  },
  {
    name: 'a needle in another encoding than the locale',
    needles: lines('größe'),
    command: 'größe',
    environment: { LC_ALL: 'POSIX' },
    ...IN_VAIN,
  },
  {
    name: 'options for grep in the environment',
    needles: lines(KNOWN_NEEDLE),
    environment: { GREP_OPTIONS: '--color=always -v', GREP_COLOR: '7' },
    ...SAYS,
  },
  {
    name: 'a payload in the environment',
    needles: lines(KNOWN_NEEDLE),
    environment: { payload: '{}', m: 'x', grep: 'rm' },
    ...SAYS,
  },
  { name: 'a folder in place of the list', prepare: (file) => mkdirSync(file), ...BLIND },
  {
    name: 'a pipe in place of the list',
    prepare: (file) => void execFileSync('mkfifo', [file]),
    ...BLIND,
  },
  {
    name: 'a link to nowhere in place of the list',
    prepare: (file) => symlinkSync('/nowhere', file),
    ...BLIND,
  },
  {
    name: 'an endless device in place of the list',
    prepare: (file) => symlinkSync('/dev/zero', file),
    ...BLIND,
  },
  ...(process.getuid?.() === 0
    ? []
    : [{ name: 'a list that may not be read', prepare: unreadable, ...BLIND }]),
];

export const NEEDLE_CASES: readonly NeedleCase[] = [
  ...KNOWLEDGE_CASES,
  ...PAYLOAD_CASES,
  ...PLACE_CASES,
];

/** Makes the place know that one command is denied, and gives it the needles of a case. */
export function makeKnowledge(
  place: GatePlace,
  given: Pick<NeedleCase, 'needles' | 'prepare'>,
): void {
  const views = `${place.home}/views`;
  writeFailureView(views, shapeOf('Bash', FAILING), [
    failingPattern({ action: 'deny', isSet: true }),
  ]);
  if (given.needles !== undefined) writeFileSync(`${views}/failures/needles`, given.needles);
  given.prepare?.(`${views}/failures/needles`, place);
}

function line(payload: object): string {
  return `${JSON.stringify(payload)}\n`;
}

function amidLines(payload: object): string {
  const filler = Array.from({ length: 20_000 }, (_, n) => n);
  return pretty({ before: filler, ...payload, behind: filler });
}

function unreadable(file: string): void {
  writeFileSync(file, lines(KNOWN_NEEDLE), { mode: 0o200 });
}
