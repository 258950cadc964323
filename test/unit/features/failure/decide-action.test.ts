import { describe, expect, it } from 'vitest';
import { computeCommandShapes } from '../../../../lib/features/failure/command-shape.ts';
import { computeConfidence, decideAction } from '../../../../lib/features/failure/decide-action.ts';
import type { KnownPattern } from '../../../../lib/features/failure/known-pattern.ts';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const exactOf = (command: string): string => computeCommandShapes('Bash', command)[0]?.exact ?? '';
const FIX = { text: 'npm run build', isEdit: false, count: 1, isWhole: true };

const KNOWN: KnownPattern = {
  ...{
    id: 'pat_1',
    tool: 'Bash',
    error: 'Missing script: <text>',
    kind: 'invocation',
    count: 1,
    sessions: 1,
    firstAt: NOW - DAY,
    lastAt: NOW - DAY,
  },
  ...{
    lastError: 'Missing script: "biuld"',
    lastCommand: 'npm run biuld',
    fix: FIX,
    action: 'warn',
    isSet: false,
    scope: 'project',
    projects: ['/p'],
  },
  ...{
    failed: [{ exact: exactOf('npm run biuld'), at: NOW - DAY, inARow: 1 }],
    succeeded: [],
    successesSince: 0,
  },
};

function verdict(
  change: Partial<KnownPattern>,
  { command = 'npm run biuld', project = '/p', repository = '/r' } = {},
): string | undefined {
  const [shape] = computeCommandShapes('Bash', command);
  if (shape === undefined) return undefined;
  return decideAction(
    { format: 1, text: '', tool: 'Bash', patterns: [{ ...KNOWN, ...change }] },
    shape,
    {
      project,
      repository,
      now: NOW,
    },
  )?.verdict;
}

const row = (inARow: number, command = 'npm run biuld'): Partial<KnownPattern> => ({
  failed: [{ exact: exactOf(command), at: NOW - DAY, inARow }],
  count: inARow,
});

describe('judge', () => {
  it.each([
    ['the very same command failed once, and what helps is known', {}, 'warn'],
    ['it failed once, and nothing is known to help', { fix: null }, undefined],
    ['it failed twice in a row', { ...row(2), fix: null }, 'warn'],
    ['something was done about it since', row(0), undefined],
    [
      'nobody counted failures in a row',
      { fix: null, count: 2, failed: [{ exact: exactOf('npm run biuld'), at: 1 }] },
      'warn',
    ],
    [
      'it succeeded since',
      { succeeded: [{ exact: exactOf('npm run biuld'), at: NOW }] },
      undefined,
    ],
    [
      'it succeeded before',
      { succeeded: [{ exact: exactOf('npm run biuld'), at: NOW - 2 * DAY }] },
      'warn',
    ],
    ['only others failed', { failed: [{ exact: 'x', at: 1, inARow: 9 }] }, undefined],
    ['it is long ago', { lastAt: NOW - 182 * DAY }, undefined],
    [
      'it is long ago, and was met in many sessions',
      { lastAt: NOW - 182 * DAY, sessions: 12, count: 12 },
      'warn',
    ],
    ['it told about the code', { ...row(9), kind: 'result' }, undefined],
    ['it may work at the next try', { ...row(9), kind: 'transient' }, undefined],
    ['its status is the answer', { ...row(9), kind: 'information' }, undefined],
    [
      'what it was about is not clear, and nothing helped',
      { ...row(2), kind: 'other', fix: null, sessions: 2 },
      undefined,
    ],
    [
      'what it was about is not clear, and it never worked',
      { ...row(9), kind: 'other', fix: null, sessions: 9 },
      undefined,
    ],
    ['what it was about is not clear, and what helps is known', { kind: 'other' }, 'warn'],
    [
      'what it was about is not clear, and something was done about it',
      { ...row(0), kind: 'other' },
      undefined,
    ],
    ['the user muted it', { action: 'mute' }, undefined],
    [
      'the user set it to deny',
      { action: 'deny', isSet: true, kind: 'result', failed: [] },
      'deny',
    ],
    ['the user set it to ask', { action: 'ask', isSet: true, lastAt: 0 }, 'ask'],
    ['deny was not set by the user', { action: 'deny' }, 'warn'],
    ['the user set it to warn', { action: 'warn', isSet: true, kind: 'result' }, 'warn'],
    ['the user set a fix that is whole', { action: 'auto-fix', isSet: true }, 'replace'],
    [
      'the user set a fix that is not whole',
      { action: 'auto-fix', isSet: true, fix: { ...FIX, isWhole: false } },
      'warn',
    ],
    ['the user set a fix that was refuted', { action: 'auto-fix', isSet: true, fix: null }, 'warn'],
  ] satisfies ReadonlyArray<readonly [string, Partial<KnownPattern>, string | undefined]>)(
    'when %s: %j is %s',
    (_, change, expected) => {
      expect(verdict(change)).toBe(expected);
    },
  );

  it.each([
    ['gh release view v2', 'release not found', undefined],
    ['ls dist', 'ls: cannot access <text>: No such file or directory', undefined],
    ['cat dist', 'cat: dist: No such file or directory', 'warn'],
    ['gh release veiw v2', 'unknown command <text> for <text>', 'warn'],
    ['fly status', 'Error: no access token available. Please login', 'warn'],
  ])(
    'warns of what nothing helps, unless it asks for what may come: %s',
    (command, error, said) => {
      expect(verdict({ ...row(9, command), fix: null, error }, { command })).toBe(said);
      expect(verdict({ ...row(9, command), error }, { command })).toBe('warn');
    },
  );

  it('knows a wrong call behind sudo and variables, unless they are what helps', () => {
    const known = { fix: { ...FIX, text: 'npm run build' } };
    expect(verdict(known, { command: 'A=1 npm run biuld' })).toBe('warn');
    expect(verdict(known, { command: 'sudo npm run biuld' })).toBe('warn');
    const isIt = { kind: 'environment', fix: { ...FIX, text: 'sudo npm run biuld' } } as const;
    expect(verdict(isIt, { command: 'sudo npm run biuld' })).toBeUndefined();
    expect(verdict(isIt)).toBe('warn');
    expect(verdict({ ...row(2), fix: null }, { command: 'sudo npm run biuld' })).toBe('warn');
    const around = { ...row(2), kind: 'environment', fix: null } as const;
    expect(verdict(around, { command: 'sudo npm run biuld' })).toBeUndefined();
  });

  it('warns of a passing failure only where two sessions found the same way round it', () => {
    expect(verdict({ kind: 'transient', fix: { ...FIX, count: 2 } })).toBe('warn');
    expect(verdict({ kind: 'transient' })).toBeUndefined();
    const refused = 'connect: connection refused';
    expect(verdict({ kind: 'transient', error: refused, fix: FIX })).toBe('warn');
    expect(verdict({ kind: 'transient', error: refused, fix: null })).toBeUndefined();
    expect(verdict({ ...row(9), kind: 'transient', fix: null })).toBeUndefined();
  });

  it('holds in the project, in its repository, and everywhere if it is global', () => {
    expect(verdict({}, { project: '/q', repository: '/s' })).toBeUndefined();
    expect(
      verdict({ action: 'deny', isSet: true }, { project: '/q', repository: '/s' }),
    ).toBeUndefined();
    expect(verdict({ projects: ['/r'] }, { project: '/q' })).toBe('warn');
    expect(verdict({ scope: 'global' }, { project: '/q' })).toBe('warn');
  });

  it('warns of another command of the shape only when three failed, none succeeded, and the error is not about what differs', () => {
    const failed = [3, 2, 1].map((at) => ({ exact: `e${at}`, at, inARow: 1 }));
    const known = {
      failed,
      count: 3,
      error: 'unrecognized argument: --online',
      lastError: 'unrecognized argument: --online',
    };
    const other = { command: 'git log --online -9' };
    expect(verdict(known, other)).toBe('warn');
    expect(verdict({ ...known, failed: failed.slice(1) }, other)).toBeUndefined();
    expect(verdict({ ...known, succeeded: [{ exact: 'y', at: 4 }] }, other)).toBeUndefined();
    expect(verdict({ ...known, succeeded: [{ exact: 'y', at: 2.5 }] }, other)).toBeUndefined();
    expect(verdict({ ...known, kind: 'other' }, other)).toBeUndefined();
    expect(
      verdict(
        { ...known, error: 'cat: <path>: No such file', lastError: 'cat: a.txt: No such file' },
        { command: 'cat d.txt' },
      ),
    ).toBeUndefined();
    expect(verdict(known, { command: 'git log --online' })).toBeUndefined();
  });

  it('lets the strictest of several patterns speak', () => {
    const [shape] = computeCommandShapes('Bash', 'npm run biuld');
    const patterns = [
      KNOWN,
      { ...KNOWN, id: 'pat_2', action: 'deny', isSet: true } as const,
      { ...KNOWN, id: 'pat_3', action: 'ask', isSet: true } as const,
    ];
    expect(
      shape &&
        decideAction({ format: 1, text: '', tool: 'Bash', patterns }, shape, {
          project: '/p',
          now: NOW,
        })?.pattern.id,
    ).toBe('pat_2');
  });
});

describe('confidence', () => {
  it('rises with failures, with sessions and with help, falls with time and successes, and stays between 0 and 1', () => {
    const at = (change: Partial<KnownPattern>): number =>
      computeConfidence({ ...KNOWN, fix: null, ...change }, NOW);
    expect(at({ count: 2 })).toBeGreaterThan(at({}));
    expect(at({ count: 2, sessions: 2 })).toBeGreaterThan(at({ count: 2 }));
    expect(at({ fix: FIX })).toBeGreaterThan(at({}));
    expect(at({ lastAt: NOW - 31 * DAY })).toBeLessThan(at({}));
    expect(at({ successesSince: 1 })).toBeLessThan(at({}));
    expect(at({ count: 1e9, sessions: 1e9, lastAt: NOW + DAY })).toBeLessThanOrEqual(1);
    expect(at({ lastAt: 0 })).toBeGreaterThanOrEqual(0);
  });

  it('forgets half of the evidence in 30 days', () => {
    const evidence = (days: number): number => {
      const sure = computeConfidence({ ...KNOWN, lastAt: NOW - days * DAY }, NOW);
      return sure / (1 - sure);
    };
    expect(evidence(30) / evidence(0)).toBeCloseTo(0.5);
  });
});

describe('a pattern of all calls of a program', () => {
  const failedOnce = row(1, 'docker-compose up -d');
  const fix = { ...FIX, text: 'docker compose up -d' };
  const verdictOf = (change: Partial<KnownPattern>, command: string): string | undefined => {
    const shape = computeCommandShapes('Bash', command).find(
      ({ text }) => text === 'docker-compose …',
    );
    const patterns = [{ ...KNOWN, ...failedOnce, fix, ...change }];
    return shape === undefined
      ? undefined
      : decideAction({ format: 1, text: '', tool: 'Bash', patterns }, shape, {
          project: '/p',
          now: NOW,
        })?.verdict;
  };
  const OTHER = 'docker-compose logs api';

  it.each<readonly [string, Partial<KnownPattern>, string | undefined]>([
    ['it failed once and help is known', {}, 'warn'],
    ['it failed once and nothing is known to help', { fix: null }, undefined],
    ['it failed twice', { fix: null, ...row(2, 'docker-compose up -d') }, 'warn'],
    ['something was done about it since', row(0, 'docker-compose up -d'), undefined],
    [
      'another call of it went well since',
      { succeeded: [{ exact: exactOf('docker-compose ps'), at: NOW }] },
      undefined,
    ],
    ['it is about what is around the call', { kind: 'environment' }, undefined],
    ['the user has muted it', { action: 'mute', isSet: true }, undefined],
    ['the user denies it', { action: 'deny', isSet: true }, 'deny'],
  ])('speaks of another call as it must where %s', (_, change, expected) => {
    expect(verdictOf(change, OTHER)).toBe(expected);
  });

  it('replaces the command that failed, and no other', () => {
    const autoFix = { action: 'auto-fix', isSet: true } as const;
    expect(verdictOf(autoFix, 'docker-compose up -d')).toBe('replace');
    expect(verdictOf(autoFix, OTHER)).toBe('warn');
  });
});
