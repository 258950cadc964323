import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type OtherHook, readOtherHooks } from '../../../../lib/query/doctor/other-hooks.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { inStore, preparedStore, SESSION } from '../../cli/prepared-store.ts';

type Hooks = Readonly<Record<string, readonly string[]>>;

interface Machine {
  readonly user?: Hooks;
  readonly project?: Hooks;
  readonly environment?: Readonly<Record<string, string>>;
  readonly transcript?: readonly unknown[];
}

async function look({
  user,
  project,
  environment,
  transcript,
}: Machine): Promise<readonly OtherHook[]> {
  const folder = preparedStore();
  const [cwd, config] = [tempFolder(), tempFolder()];
  if (user !== undefined) writeSettings(`${config}/settings.json`, user);
  if (project !== undefined) {
    mkdirSync(`${cwd}/.claude`);
    writeSettings(`${cwd}/.claude/settings.json`, project);
  }
  if (transcript !== undefined) {
    const path = `${cwd}/t.jsonl`;
    writeFileSync(path, transcript.map((line) => `${JSON.stringify(line)}\n`).join(''));
    inStore(folder, (database) =>
      database.prepare('UPDATE sessions SET transcript_path = ? WHERE id = ?').run(path, SESSION),
    );
  }
  const own = { CLAUDE_CONFIG_DIR: config, HOME: config, ...environment };
  return readOtherHooks({ folder, cwd, environment: own, nodeVersion: '20.19.0' });
}

function writeSettings(file: string, hooks: Hooks): void {
  const entries = Object.entries(hooks).map(([event, commands]) => [
    event,
    [{ hooks: commands.map((command) => ({ type: 'command', command })) }],
  ]);
  writeFileSync(file, JSON.stringify({ hooks: Object.fromEntries(entries) }));
}

const notesOf = (hooks: readonly OtherHook[]): ReadonlyArray<readonly string[]> =>
  hooks.map(({ notes }) => notes);

describe('readOtherHooks', () => {
  it('finds none where no settings file has one', async () => {
    expect(await look({})).toEqual([]);
    expect(await look({ user: {} })).toEqual([]);
  });

  it('names programs that look a package up at each call', async () => {
    const hooks = await look({
      user: { PostToolUse: ['npx prettier --write .', 'cd x && bunx y', 'prettier npx'] },
    });
    expect(notesOf(hooks)).toEqual([
      ['npx searches for the package at each call: name the file instead'],
      ['bunx searches for the package at each call: name the file instead'],
      [],
    ]);
  });

  it('names the file of certificates where Node 20 is started', async () => {
    const environment = { NODE_EXTRA_CA_CERTS: '/certs.pem' };
    const hooks = await look({ environment, user: { Stop: ['node a.js', 'sh a.sh'] } });
    expect(notesOf(hooks)).toEqual([
      ['NODE_EXTRA_CA_CERTS makes Node 20 read a file for 100 ms at each start'],
      [],
    ]);
  });

  it('names a path that is missing, and what two files start', async () => {
    const gone = '/no/such/notify.sh done';
    const hooks = await look({
      user: { Stop: [gone] },
      project: { Stop: [gone], PreToolUse: [gone] },
    });
    expect(notesOf(hooks)).toEqual([
      ['/no/such/notify.sh is missing'],
      [
        '/no/such/notify.sh is missing',
        expect.stringMatching(/^runs twice: also in .*settings.json$/),
      ],
      ['/no/such/notify.sh is missing'],
    ]);
  });

  it('takes the times that the latest transcripts show, and runs nothing', async () => {
    const ran = (durationMs: number, command = 'touch /made-by-hook') => ({
      type: 'attachment',
      attachment: { type: 'hook_success', hookEvent: 'Stop', command, durationMs },
    });
    const transcript = [ran(300), ran(100), ran(200), ran(9, 'other'), { type: 'user' }];
    const [hook] = await look({ transcript, user: { Stop: ['touch /made-by-hook'] } });
    expect(hook).toMatchObject({ event: 'Stop', runs: 3, medianMs: 200 });
  });

  it('leaves out a settings file that no client could use', async () => {
    const [cwd, config] = [tempFolder(), tempFolder()];
    writeFileSync(`${config}/settings.json`, '{"hooks": [');
    const environment = { CLAUDE_CONFIG_DIR: config, HOME: config };
    const place = { folder: preparedStore(), cwd, environment, nodeVersion: '22.0.0' };
    expect(await readOtherHooks(place)).toEqual([]);
  });
});
