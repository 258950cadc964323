import { readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createDescribedProgram, helpPages } from '../../lib/cli/help-pages.ts';
import { loadCommand } from '../../lib/cli/load-command.ts';
import { HIDDEN, HOSTILE, type HostileHome, hostileHomes } from '../support/hostile-home.ts';
import { SESSION } from '../unit/cli/prepared-store.ts';
import { type CommandResult, runCommand } from '../unit/cli/run-command.ts';

const hostileHome = hostileHomes();

const EVENT = 'evt_20261122_100000_0000000000000004';

/**
 * What is run of each command, on a home full of hostile texts; `X` is such a text. A command that
 * is not here fails. Every command is also asked for its help, and called with a hostile argument
 * and a hostile option.
 */
const LINES: Readonly<Record<string, readonly string[]>> = {
  '': ['', 'X', '--X', 'help X'],
  status: ['status', 'status --verbose'],
  sessions: ['sessions', 'sessions --any', 'sessions --project X'],
  open: ['open', 'open X', 'open last --any --dry-run', `open ${SESSION} --dry-run`, 'open @zz'],
  'sessions tag': ['sessions tag last X --any', `sessions tag ${SESSION} a`],
  'sessions untag': [`sessions untag ${SESSION} a`, 'sessions untag X X'],
  search: [
    'search X',
    'search --rebuild',
    'search a --in X',
    'search total --project X',
    'search fix*',
  ],
  show: [
    'show last',
    `show ${SESSION}`,
    'show last --any',
    'show last --full',
    'show --any --full',
  ],
  export: [
    'export last',
    `export ${SESSION} --format html`,
    'export --any --format csv --share',
    'export --format X',
    'export --out X/X',
    'export --table X',
    'export --table operations',
    'export --table messages --format csv',
    'export --table failures --since X',
  ],
  'sessions list': ['sessions list', 'sessions list --project X'],
  'sessions restore': [
    'sessions restore X',
    `sessions restore ${SESSION} --to X --dry-run`,
    `sessions restore ${SESSION} --branch X`,
  ],
  'sessions pack': ['sessions pack X', `sessions pack ${SESSION} --out X`],
  'sessions unpack': ['sessions unpack X', 'sessions unpack X --to X'],
  resume: ['resume', `resume ${SESSION}`],
  events: ['events', 'events --by type', 'events --by session', 'events --type X', 'events --by X'],
  trace: ['trace last', `trace ${SESSION}`, `trace ${EVENT}`],
  // what they print of a work tree is held by snapshot-text.test.ts
  checkpoints: ['checkpoints', 'checkpoints X', `checkpoints ${SESSION}`],
  diff: ['diff last', 'diff X X'],
  history: ['history X', 'history a'],
  'auto-commit': ['auto-commit'],
  'auto-commit list': ['auto-commit list'],
  'auto-commit on': ['auto-commit on X', 'auto-commit on'],
  'auto-commit off': ['auto-commit off X', 'auto-commit off'],
  log: ['log', 'log --category X'],
  failures: ['failures'],
  'failures list': ['failures list', 'failures list --all', 'failures list --project X'],
  'failures show': ['failures show pat_'],
  'failures set': ['failures set X warn', 'failures set pat_ X'],
  'failures mute': ['failures mute X'],
  'failures unmute': ['failures unmute X'],
  'failures confirm': ['failures confirm X'],
  'failures delete': ['failures delete X'],
  'failures export': ['failures export'],
  'failures import': ['failures import X', 'failures import -'],
  routing: ['routing', 'routing --project X'],
  report: [
    ...['report', 'report X', 'report weekly', 'report cost --since 2y', 'report security'],
    ...['report routing --since 2y', 'report performance', 'report weekly --format html'],
    ...['report weekly --format X', 'report cost --out X/X'],
    ...['report weekly --keep', 'report all --out reports-X', 'report weekly --since X'],
  ],
  cost: [
    ...[
      'cost --all',
      'cost --by model --all',
      'cost --by session --all',
      'cost --by project --all',
    ],
    ...['cost --by agent --all', 'cost --since X', 'cost --by X', 'cost --limit X'],
  ],
  budget: ['budget'],
  'budget list': ['budget list'],
  'budget day': ['budget day X', 'budget day 0', 'budget day 20 --action X'],
  'budget session': ['budget session X'],
  'budget agents': ['budget agents X', 'budget agents off'],
  import: ['import --dry-run', 'import --from X', 'import --from X --dry-run'],
  emit: ['emit X', 'emit a.b --payload X', 'emit -'],
  replay: ['replay X', `replay ${EVENT} --dry-run`, 'replay --since X'],
  checkpoint: ['checkpoint', 'checkpoint --session X', 'checkpoint --note X'],
  restore: [
    'restore',
    'restore X',
    'restore X X --dry-run',
    'restore --undo',
    'restore last --yes',
  ],
  worker: ['worker --once', 'worker --X'],
  'worker stop': ['worker stop', 'worker stop X'],
  'worker restart': ['worker restart X'],
  'worker log': ['worker log', 'worker log --level X'],
  service: ['service'],
  'service status': ['service status'],
  'service install': ['service install --no-start'],
  'service remove': ['service remove'],
  dispatch: ['dispatch X'],
  schedule: ['schedule'],
  'schedule list': ['schedule list'],
  'schedule run': ['schedule run X'],
  handlers: ['handlers'],
  'handlers stats': ['handlers stats', 'handlers stats X', 'handlers stats user/notify'],
  'handlers list': ['handlers list'],
  'handlers test': ['handlers test X'],
  'handlers new': ['handlers new X', 'handlers new a --on X'],
  webhooks: ['webhooks'],
  'webhooks add': ['webhooks add X', 'webhooks add https://x.example/X --types X'],
  'webhooks list': ['webhooks list'],
  'webhooks test': ['webhooks test X'],
  'webhooks remove': ['webhooks remove X'],
  'webhooks enable': ['webhooks enable X'],
  fleet: ['fleet'],
  'fleet status': ['fleet status'],
  'fleet join': ['fleet join X', 'fleet join postgres://X@127.0.0.1:1/X'],
  'fleet set-up': ['fleet set-up X', 'fleet set-up postgres://X@127.0.0.1:1/X'],
  'fleet share': ['fleet share X', 'fleet share --fields X'],
  'fleet unshare': ['fleet unshare X'],
  'fleet leave': ['fleet leave'],
  'fleet clean': [
    'fleet clean X --older-than 9d',
    'fleet clean postgres://X@127.0.0.1:1/X --older-than X',
  ],
  store: ['store'],
  'store status': ['store status X', 'store status postgres://X@127.0.0.1:1/X'],
  'store copy': ['store copy X', 'store copy postgres://X@127.0.0.1:1/X'],
  dead: ['dead'],
  'dead list': ['dead list'],
  'dead show': [
    'dead show X',
    `dead show ${EVENT}`,
    'dead show evt_20261122_100000_00000000000000d1',
  ],
  'dead retry': ['dead retry X', 'dead retry --all'],
  'dead discard': ['dead discard X'],
  'fleet dead': ['fleet dead', 'fleet dead --from X'],
  clean: ['clean --dry-run', 'clean --session X'],
  forget: ['forget X', 'forget --project / --dry-run', `forget ${SESSION} --dry-run`],
  install: ['install --dry-run --yes', 'install --dry-run --yes --scope project'],
  uninstall: ['uninstall --dry-run --yes'],
  config: ['config', 'config X'],
  'config list': ['config list'],
  'config get': ['config get X'],
  'config set': ['config set X X', 'config set durability X'],
  'config unset': ['config unset X'],
  'config path': ['config path'],
  // serves pages: see test/unit/dashboard
  dashboard: ['dashboard --port 99999'],
  // answers are JSON that escapes what is hidden: see mcp.test.ts
  mcp: ['mcp', 'mcp --project X'],
  docs: ['docs', 'docs X'],
  completion: ['completion bash', 'completion X'],
  doctor: ['doctor', 'doctor --verbose', 'doctor --audit'],
  version: ['version'],
  // what it prints of a session is held by status-line.test.ts, in a process of its own
  statusline: ['statusline --X'],
  // it would play a session in a folder of its own
  demo: ['demo --X'],
};

const commands = ['', ...Object.keys(await helpPages(await createDescribedProgram(loadCommand)))];

describe('every command', () => {
  it('is in the table of this test', () => {
    expect(Object.keys(LINES).toSorted()).toEqual(commands.toSorted());
  });

  it.each(commands)('prints nothing hidden: waymark %s', async (command) => {
    for (const keeps of [true, false]) {
      const place = hostileHome(keeps);
      const lines = [
        ...(LINES[command] ?? []),
        `${command} --help`,
        `${command} X`,
        `${command} --X`,
      ];
      for (const line of lines) await expectPlain(place, line);
    }
  });
});

describe('the log of a worker', () => {
  it('has nothing hidden in it', async () => {
    const place = hostileHome(true);
    rmSync(place.folder.log, { recursive: true });
    await run(place, ['worker', '--once']);
    const log = readFileSync(`${place.folder.log}/worker.log`, 'utf8');
    expect(log).toContain('HANDLER_REFUSED'); // a file of handlers/ whose name is hostile
    expect(log.replaceAll('\n', '')).not.toMatch(HIDDEN);
  });
});

async function expectPlain(place: HostileHome, line: string): Promise<void> {
  const words = line.split(' ').filter((word) => word !== '');
  const args = words.map((word) => word.replace('X', HOSTILE));
  const plain = await run(place, args);
  expect.soft(plain.out + plain.err, line).not.toMatch(HIDDEN);
  // what is to be typed is named as it works here
  if (!/--help|^help/.test(line))
    expect.soft(plain.out + plain.err, line).not.toContain('`waymark ');
  const json = await run(place, [...args, '--json']);
  expect.soft(json.out + json.err, `${line} --json`).not.toMatch(HIDDEN);
  const coloured = await run(place, args, { FORCE_COLOR: '1' });
  expect.soft(withoutColours(coloured), `${line}, coloured`).not.toMatch(HIDDEN);
}

/** The colours of ours; no hostile text has one of them. */
function withoutColours({ out, err }: CommandResult): string {
  return (out + err).replace(/\u001b\[(?:[0-4]|2[2-9]|3\d)m/g, '');
}

async function run(
  { folder, home, cwd }: HostileHome,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const environment = {
    HOME: home,
    CLAUDE_CONFIG_DIR: `${home}/.claude`,
    PATH: '/usr/bin:/bin',
    ...more,
  };
  const stdin = `{"x":"${HOSTILE}"}`;
  const command = 'node dist/waymark.cjs';
  const result = await runCommand(folder, args, { cwd, environment, stdin, command });
  expect.soft(result.err, args.join(' ')).not.toContain('This is a fault');
  return result;
}
