import { describe, expect, it } from 'vitest';
import { stateFolderAt, type StateFolder } from '../../../lib/core/state-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { preparedStore } from './prepared-store.ts';
import { runCommand } from './run-command.ts';

const COMMANDS = [
  'status',
  'sessions',
  'show',
  'events',
  'checkpoint',
  'worker',
  'dead',
  'config',
  'doctor',
  'demo',
];
const WITH_PARTS = [
  'worker stop',
  'worker restart',
  'worker log',
  'dead list',
  'dead show',
  'dead retry',
  'dead discard',
  'config set',
  'config unset',
  'config path',
];

describe('waymark', () => {
  it('alone prints the state and every command, and ends with 0', async () => {
    const { status, out } = await runCommand(preparedStore(), []);
    expect(status).toBe(0);
    expect(out).toContain('2 sessions recorded');
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command} +\\w`, 'm'));
  });

  it('cuts nothing on a terminal that says it has no columns', async () => {
    const [piped, shown] = [
      await runCommand(preparedStore(), ['events']),
      await runCommand(preparedStore(), ['events'], { columns: 0 }),
    ];
    expect(shown.out).toBe(piped.out);
    expect(shown.out).toContain('session.started');
  });

  it('alone says how to begin where nothing is installed', async () => {
    const { status, out } = await runCommand(emptyFolder(), []);
    expect(status).toBe(0);
    expect(out).toContain('npx install-hooks');
  });

  it.each([...COMMANDS, ...WITH_PARTS])('%s --help shows examples', async (command) => {
    const { status, out } = await runCommand(emptyFolder(), [...command.split(' '), '--help']);
    expect(status).toBe(0);
    expect(out).toMatch(/Examples:\n {2}\$ /);
  });

  it.each([
    [['statsu'], 'status'],
    [['worker', 'stpo'], 'stop'],
    [['config', 'checkpointIntervl'], 'checkpointInterval'],
    [['sessions', '--jsn'], '--json'],
  ])('%j is wrong usage and suggests %s', async (args, meant) => {
    const { status, err } = await runCommand(emptyFolder(), args);
    expect(status).toBe(2);
    expect(err).toContain(meant);
  });

  it.each([
    [['trace'], 'waymark trace', "missing required argument 'id'"],
    [['handlers', 'lst'], 'waymark handlers', "unknown command 'lst'; did you mean list?"],
    [
      ['handlers', 'test', 'x', '--typ', 'y'],
      'waymark handlers test',
      "unknown option '--typ'; did you mean --type?",
    ],
    [['events', '--limit'], 'waymark events', "option '--limit <n>' argument missing"],
    [
      ['events', '--priority', 'urgent'],
      'waymark events',
      "option '--priority <word>' argument 'urgent' is invalid: allowed choices are critical, high, medium, low",
    ],
    [
      ['replay', '--priority', 'urgent'],
      'waymark replay',
      "option '--priority <word>' argument 'urgent' is invalid: allowed choices are critical, high, medium, low",
    ],
    [
      ['log', 'task'],
      'waymark log',
      "too many arguments for 'log': expected 0 arguments but got 1",
    ],
    [['nope'], 'waymark', "unknown command 'nope'"],
  ])('%j is met by an error like every other one', async (args, command, reason) => {
    const [message, remedy] = [`Cannot run ${command}: ${reason}`, `See \`${command} --help\`.`];
    expect(await runCommand(emptyFolder(), args)).toEqual({
      status: 2,
      out: '',
      err: `${message}\n${remedy}\n`,
    });
  });

  it('says in JSON, too, what is wrong with a command line', async () => {
    const { status, err } = await runCommand(emptyFolder(), ['trace', '--json']);
    const message = "Cannot run waymark trace: missing required argument 'id'";
    expect({ status, ...JSON.parse(err) }).toEqual({
      status: 2,
      error: { code: 'USAGE', message, remedy: 'See `waymark trace --help`.' },
    });
  });

  it('names the help of the command after a wrong value', async () => {
    expect((await runCommand(emptyFolder(), ['events', '--since', 'x'])).err).toMatch(
      /See `waymark events --help`\.\n$/,
    );
  });

  it.each([
    [['show']],
    [['dead', 'retry']],
    [['dead', 'retry', 'x', '--all']],
    [['events', '--limit', '0']],
    [['doctor', '--prove']],
    [['worker', '--detach', '--once']],
  ])('%j is wrong usage', async (args) => {
    const { status, err } = await runCommand(emptyFolder(), args);
    expect(status).toBe(2);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('says an error as JSON where JSON was asked for', async () => {
    const { status, out, err } = await runCommand(preparedStore(), ['show', 'nobody', '--json']);
    expect(status).toBe(1);
    expect(out).toBe('');
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('prints no colours without a terminal', async () => {
    const folder = preparedStore();
    for (const args of [
      [],
      ['status'],
      ['sessions'],
      ['show', 'last'],
      ['events'],
      ['config'],
      ['doctor'],
    ]) {
      expect((await runCommand(folder, args)).out).not.toContain('\u001b');
    }
  });
});

function emptyFolder(): StateFolder {
  const root = tempFolder();
  return stateFolderAt(`${root}/state`, { XDG_RUNTIME_DIR: `${root}/run` });
}
