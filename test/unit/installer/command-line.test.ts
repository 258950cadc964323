import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../../installer/command-line.ts';

const DEFAULTS = {
  yes: false,
  dryRun: false,
  uninstall: false,
  purge: false,
  json: false,
  prove: true,
  color: true,
};

describe('readCommandLine', () => {
  it.each([
    [[], {}],
    [['-y'], { yes: true }],
    [['--yes', '--scope', 'local', '--json'], { yes: true, scope: 'local', json: true }],
    [['--features', 'failure, session'], { features: ['session', 'failure'] }],
    [
      ['--worker', 'on-demand', '--no-prove', '--no-color', '--dry-run'],
      { worker: 'on-demand', prove: false, color: false, dryRun: true },
    ],
    [['--uninstall', '--purge'], { uninstall: true, purge: true }],
  ])('reads %j', (args, flags) => {
    expect(readCommandLine(args, '1.2.3')).toEqual({ flags: { ...DEFAULTS, ...flags } });
  });

  it.each([
    [['--scope', 'world'], 'user, project, local'],
    [['--features', 'sesion'], '"sesion"'],
    [['--features', ''], 'session'],
    [['--worker', 'never'], 'resident'],
    [['--instal'], '--instal'],
    [['--unistall'], 'Did you mean --uninstall?'],
    [['now'], 'too many arguments'],
    [['--purge'], '--uninstall'],
    [['--uninstall', '--features', 'session'], '--features'],
    [['--uninstall', '--worker', 'resident'], '--worker'],
  ])('refuses %j with status 2 and says why', (args, said) => {
    expect(readCommandLine(args, '1.2.3')).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(said),
    });
  });

  it('prints help with examples and the version, with status 0', () => {
    expect(readCommandLine(['--help'], '1.2.3')).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/Examples:[\s\S]*Exit status:/),
    });
    expect(readCommandLine(['--version'], '1.2.3')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: '1.2.3\n',
    });
  });
});
