import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { STATUS_LINE } from '../../lib/hook/manifest.ts';
import { HOSTILE } from '../support/hostile-home.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import { hookPlace, type HookPlace, queuedEvents, runHookFile } from '../support/run-hook.ts';

const bundles = hookBundles();
const SESSION = '7c0e2a51-93d4-4d0e-8b6f-2f1d5f0c7a11';

const INPUT = {
  session_id: SESSION,
  cwd: '/p',
  model: { id: 'claude-sonnet-4-5', display_name: 'Sonnet 4.5' },
  workspace: { current_dir: '/p/deeper', project_dir: '/p' },
  cost: { total_cost_usd: 1.5 },
  context_window: { context_window_size: 200_000, used_percentage: 71, current_usage: {} },
};

async function draw(
  place: HookPlace,
  input: unknown = INPUT,
  changes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const text = typeof input === 'string' ? input : `${JSON.stringify(input)}\n`;
  const run = await runHookFile(`${bundles().folder}/${STATUS_LINE.name}.cjs`, text, {
    ...place.environment,
    NO_COLOR: '1',
    ...changes,
  });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return run.stdout;
}

function view(place: HookPlace, kind: string, content: object): void {
  mkdirSync(`${place.home}/views/${kind}`, { recursive: true, mode: 0o700 });
  writeFileSync(
    `${place.home}/views/${kind}/${SESSION}.json`,
    JSON.stringify({ format: 1, ...content }),
  );
}

function wrap(place: HookPlace, ...wrapped: readonly object[]): void {
  mkdirSync(place.home, { recursive: true, mode: 0o700 });
  writeFileSync(`${place.home}/statusline.json`, JSON.stringify({ format: 1, wrapped }));
}

describe('the status line', () => {
  it('is one line, also where nothing was ever recorded', async () => {
    expect(await draw(hookPlace())).toBe('███████░░░ 71% · $1.50 · queue 0 · worker ○\n');
  });

  it('shows subscription windows, and reports them once per change', async () => {
    const place = hookPlace();
    const resets = Math.round(Date.now() / 1000) + 7_200;
    const withLimits = (used: number) => ({
      ...INPUT,
      transcript_path: '/home/you/.claude/projects/-p/x.jsonl',
      rate_limits: {
        five_hour: { used_percentage: used, resets_at: resets },
        seven_day: { used_percentage: 61, resets_at: resets - 9_000 },
      },
    });
    expect(await draw(place, withLimits(42.3))).toMatch(
      / · \$1\.50 · 5h 42% \(70% in [12]h\) · queue 0 /,
    );
    await draw(place, withLimits(42.4));
    await draw(place, withLimits(43.6));
    await draw(place, { ...INPUT, rate_limits: { five_hour: 'x' } });
    const told = queuedEvents(place.home).filter(
      ({ event_type: type }) => type === 'account.limits_seen',
    );
    expect(told.map(({ payload }) => payload)).toMatchObject([
      {
        config_folder: '/home/you/.claude',
        limits: [{ name: 'five_hour', used: 42, resets_at: resets * 1_000 }, { used: 61 }],
      },
      { limits: [{ used: 44 }, { used: 61 }] },
    ]);
  });

  it('shows what waits, a living worker, and the last checkpoint from its view or from the throttle', async () => {
    const place = hookPlace();
    await draw(place); // tells the window: one entry
    mkdirSync(`${place.home}/wake`);
    execFileSync('mkfifo', [`${place.home}/wake/w1`]);
    const fd = openSync(`${place.home}/wake/w1`, constants.O_RDWR | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(fd));
    view(place, 'resume', { lastCheckpoint: { at: Date.now() - 7_300_000 } });
    expect(await draw(place)).toMatch(/ · queue 1 · worker ● · saved 2h ago\n$/);
    const since = `${place.home}/throttle/${SESSION}/since`;
    writeFileSync(since, '');
    utimesSync(since, Date.now() / 1000 - 301, Date.now() / 1000 - 301);
    expect(await draw(place)).toMatch(/saved 5m ago\n$/);
  });

  it('takes the percentage from the view while the client has none', async () => {
    const place = hookPlace();
    view(place, 'context', { percent: 12.2 });
    expect(
      await draw(place, {
        ...INPUT,
        context_window: { used_percentage: null, current_usage: null },
      }),
    ).toContain('█░░░░░░░░░ 12%');
    expect(await draw(place, { ...INPUT, context_window: { used_percentage: 0 } })).toContain(
      '12%',
    );
  });

  it.each([1e9, 100.1, -5, '71', Number.MAX_VALUE, { a: 1 }])(
    'shows no percentage and no cost that cannot be: %j',
    async (figure) => {
      const place = hookPlace();
      const absurd = {
        ...INPUT,
        context_window: { used_percentage: figure },
        cost: { total_cost_usd: typeof figure === 'number' ? figure * 1e7 : figure },
      };
      expect(await draw(place, absurd)).toBe('queue 0 · worker ○\n');
      view(place, 'context', { percent: 1e9 });
      expect(await draw(place, absurd)).toBe('queue 0 · worker ○\n');
      view(place, 'context', { percent: 38 });
      expect(await draw(place, absurd)).toBe('████░░░░░░ 38% · queue 0 · worker ○\n');
    },
  );

  it('says what the view says where the client takes the window for smaller than it is', async () => {
    const place = hookPlace();
    view(place, 'context', { percent: 38, window: 1_000_000, windowSource: 'observed' });
    const full = { context_window_size: 200_000, used_percentage: 100 };
    expect(await draw(place, { ...INPUT, context_window: full })).toMatch(/^████░░░░░░ 38% /);
    view(place, 'context', { percent: 38, window: 200_000, windowSource: 'status-line' });
    expect(await draw(place, { ...INPUT, context_window: full })).toMatch(/^██████████ 100% /);
  });

  it.each([
    ['{}'],
    [''],
    ['not JSON'],
    ['{"session_id":"../../etc","context_window":[],"cost":null}'],
  ])('holds out against %s', async (input) => {
    const place = hookPlace();
    expect(await draw(place, input)).toBe('queue 0 · worker ○\n');
    expect(queuedEvents(place.home)).toEqual([]);
  });

  it('is coloured unless NO_COLOR or a dumb terminal says otherwise', async () => {
    expect(await draw(hookPlace(), INPUT, { NO_COLOR: '' })).toContain('\u001b[33m71%');
    expect(await draw(hookPlace(), INPUT, { NO_COLOR: '', TERM: 'dumb' })).not.toContain('\u001b');
  });

  it('tells the window once per change, and again only when it was not taken up', async () => {
    const place = hookPlace();
    const told = () =>
      queuedEvents(place.home).map(({ event_type, payload }) => [event_type, payload]);
    await draw(place);
    await draw(place);
    expect(told()).toEqual([
      ['session.window_seen', { session_id: SESSION, window: 200_000, model: 'claude-sonnet-4-5' }],
    ]);
    await draw(place, { ...INPUT, context_window: { context_window_size: 1_000_000 } });
    expect(told()).toHaveLength(2);
    view(place, 'context', { window: 200_000, windowSource: 'status-line' });
    await draw(place);
    expect(told()).toHaveLength(2);
    view(place, 'context', { window: 200_000, windowSource: 'table' });
    await draw(place);
    expect(told()).toHaveLength(3);
    utimesSync(`${place.home}/throttle/${SESSION}/window`, 1, 1);
    await draw(place);
    expect(told()).toHaveLength(4);
  });
});

describe('a status line that was there before', () => {
  const user = { scope: 'user', file: '/home/user/.claude/settings.json' };

  it('gets the same input, and its lines come first', async () => {
    const place = hookPlace();
    wrap(place, { ...user, command: `printf 'one\\n%s\\n\\n' "$(cat)"` });
    expect(await draw(place)).toBe(
      `one\n${JSON.stringify(INPUT)}\n███████░░░ 71% · $1.50 · queue 0 · worker ○\n`,
    );
  });

  it('is that of the project before that of the user, and never that of another project', async () => {
    const place = hookPlace();
    const other = { scope: 'local', file: '/q/.claude/settings.local.json', command: 'echo other' };
    wrap(
      place,
      { ...user, command: 'echo user' },
      { scope: 'local', file: '/p/.claude/settings.local.json', command: 'echo local' },
      other,
    );
    expect(await draw(place)).toMatch(/^local\n/);
    wrap(place, { ...user, command: 'echo user' }, other);
    expect(await draw(place)).toMatch(/^user\n/);
    wrap(place, other);
    expect(await draw(place)).toMatch(/^█/);
  });

  it('may fail, be silent, not read its input, or run us, and costs no more than two seconds', async () => {
    const drawBeside = (command: string): Promise<string> => {
      const place = hookPlace();
      wrap(place, { ...user, command });
      return draw(place);
    };
    const silent = ['exit 3', 'true', 'no-such-program-at-all', 'exec 0<&-; sleep 30'];
    // what it had printed before it hung, or before it was too much, is no line of its own
    const noisy = ['echo half; exec sleep 30', 'yes x | head -c 1000000'];
    for (const drawn of await Promise.all([...silent, ...noisy].map(drawBeside)))
      expect(drawn).toMatch(/^███████░░░ 71%[^\n]*\n$/);
    const own = `${process.execPath} ${bundles().folder}/${STATUS_LINE.name}.cjs`;
    expect((await drawBeside(own)).split('\n')).toHaveLength(3);
  }, 20_000);

  it('is passed on unchanged, colours and all, also when it ends with an error; ours has nothing from outside', async () => {
    const place = hookPlace();
    const theirs =
      '\u001b[38;5;202mmain\u001b[0m \u001b]8;;https://x.example\u0007link\u001b]8;;\u0007 \u202e';
    writeFileSync(`${place.root}/line`, `${theirs}\n second\n`);
    wrap(place, { ...user, command: `cat '${place.root}/line'; exit 1` });
    const hostile = {
      ...INPUT,
      model: { id: HOSTILE, display_name: HOSTILE },
      workspace: { current_dir: HOSTILE, project_dir: HOSTILE },
      session_name: HOSTILE,
    };
    view(place, 'context', {
      percent: 12,
      window: HOSTILE,
      windowSource: HOSTILE,
      [HOSTILE]: HOSTILE,
    });
    view(place, 'resume', { lastCheckpoint: { at: HOSTILE, kind: HOSTILE } });
    expect(await draw(place, hostile)).toBe(
      `${theirs}\n second\n███████░░░ 71% · $1.50 · queue 0 · worker ○\n`,
    );
  });

  it('finds its environment as it was before the launcher', async () => {
    const place = hookPlace();
    wrap(place, {
      ...user,
      command:
        'echo "$NODE_EXTRA_CA_CERTS $NODE_OPTIONS"; printenv WAYMARK_SAVED_CA_CERTS WAYMARK_SAVED_NODE_OPTIONS || echo none',
    });
    const saved = { WAYMARK_SAVED_CA_CERTS: '/x.pem', WAYMARK_SAVED_NODE_OPTIONS: '--inspect' };
    expect(await draw(place, INPUT, saved)).toMatch(/^\/x\.pem --inspect\nnone\n/);
  });

  it('finds no options of Node in its environment where there were none', async () => {
    const place = hookPlace();
    wrap(place, { ...user, command: 'printenv NODE_OPTIONS NODE_EXTRA_CA_CERTS || echo none' });
    expect(await draw(place, INPUT)).toMatch(/^none\n/);
  });

  it('goes on alone where waymark is switched off', async () => {
    const place = hookPlace();
    wrap(place, { ...user, command: 'echo mine' });
    expect(await draw(place, INPUT, { WAYMARK_DISABLE: '1' })).toBe('mine\n');
    expect(existsSync(`${place.home}/queue`)).toBe(false);
    expect(readFileSync(`${place.home}/statusline.json`, 'utf8')).toContain('mine');
  });
});
