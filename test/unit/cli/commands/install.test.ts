import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { runCommand } from '../run-command.ts';

/** A home in which nothing is installed yet. */
function emptyHome() {
  const root = tempFolder();
  const folder = stateFolderAt(`${root}/state`, {}, [root]);
  return {
    root,
    run: (...args: readonly string[]) =>
      runCommand(folder, args, { cwd: root, environment: { HOME: root } }),
  };
}

describe('waymark install', () => {
  it.each([
    [['install', '--scope', 'world'], 'user, project, local'],
    [['install', '--features', 'sesion'], '"sesion"'],
    [['install', '--features', ''], 'session'],
    [['install', '--worker', 'never'], 'resident'],
    [['install', '--instal'], '--instal'],
    [['install', '--unistall'], 'did you mean --uninstall?'],
    [['install', 'now'], "unexpected argument 'now'"],
    [['install', '--purge'], '--uninstall'],
    [['install', '--uninstall', '--features', 'session'], '--features'],
    [['install', '--uninstall', '--worker', 'resident'], '--worker'],
    [['uninstall', '--worker', 'resident'], '--worker'],
    [['install'], 'this is not a terminal'],
    [['uninstall', '--json'], '--json does not ask questions'],
  ])('refuses %j with status 2 and says why', async (args, said) => {
    const { root, run } = emptyHome();
    const { status, out, err } = await run(...args);
    expect({ status, out: args.includes('--json') ? '' : out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(said);
    expect(existsSync(`${root}/state`)).toBe(false);
  });

  it('asks nothing on a terminal that shows no questions', async () => {
    const { root } = emptyHome();
    const terminal = { TERM: 'dumb', HOME: root };
    const { status, err } = await runCommand(stateFolderAt(`${root}/state`, {}), ['install'], {
      environment: terminal,
    });
    expect(status).toBe(2);
    expect(err).toContain('Cannot ask what to do: the terminal shows no questions (TERM=dumb)');
  });

  it.each([
    ['init', 'install'],
    ['setup', 'install'],
    ['enable', 'install'],
    ['install-hooks', 'install'],
    ['disable', 'uninstall'],
    ['remove', 'uninstall'],
  ])('is suggested: %s is called %s', async (word, command) => {
    const { status, err } = await emptyHome().run(word);
    expect(status).toBe(2);
    expect(err).toContain(`unknown command '${word}'; did you mean ${command}?\n`);
  });

  it('shows in a dry run what it would write, and touches nothing', async () => {
    const { root, run } = emptyHome();
    const shown = JSON.parse((await run('install', '--dry-run', '--json')).out);
    expect(shown).toMatchObject({ scope: 'user', file: `${root}/.claude/settings.json` });
    expect((await run('install', '--dry-run', '--features', 'failure, session')).out).toMatch(
      /^\+ +"command": "/m,
    );
    expect(existsSync(`${root}/.claude`)).toBe(false);
  });
});
