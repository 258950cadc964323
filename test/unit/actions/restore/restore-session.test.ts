import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type RestoreResult,
  type RestoreRequest,
  restoreSession,
} from '../../../../lib/actions/restore/restore-session.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import type { FoundSession } from '../../../../lib/query/archived-sessions.ts';
import { ClientSession, transcriptLines } from '../../../support/client-session.ts';

const RESULT = 'projects/-work-app/s-1/tool-results/b1.txt';
const AGENT = 'projects/-work-app/s-1/subagents/agent-a.jsonl';

/** A session with all kinds of files, archived; what the client has of it is the test's. */
function archivedSession() {
  const client = new ClientSession();
  const contents: Readonly<Record<string, string>> = {
    [client.transcript]: transcriptLines(30),
    [AGENT]: transcriptLines(3, 2),
    [RESULT]: 'line\n'.repeat(9_000),
    'file-history/s-1/0a@v1': 'before',
    'tasks/s-1/1.json': '{"id":"1"}',
  };
  for (const [path, content] of Object.entries(contents)) client.write(path, content);
  client.save({ isClosed: true });
  const text = (path = client.transcript): string | undefined =>
    existsSync(`${client.base}/${path}`)
      ? readFileSync(`${client.base}/${path}`, 'utf8')
      : undefined;
  const found: FoundSession = {
    ...{ id: 's-1', project: client.root, transcriptPath: client.transcriptPath },
    clientPid: undefined,
  };
  const restore = (more: Partial<RestoreRequest> = {}): RestoreResult =>
    restoreSession(
      {
        folder: stateFolderAt(`${client.root}/state`),
        environment: { CLAUDE_CONFIG_DIR: `${client.root}/today` },
        clock: () => Date.UTC(2026, 10, 22, 12),
      },
      { session: found, cwd: client.root, isDryRun: false, ...more },
    );
  const steps = (restored: RestoreResult) =>
    Object.fromEntries(restored.files.map(({ path, step }) => [path, step]));
  const wipe = (): void => rmSync(client.base, { recursive: true });
  return { client, contents, text, found, restore, steps, wipe };
}

describe('restoring a session', () => {
  it('brings back everything that the client deleted, with times of now', () => {
    const { client, contents, text, restore, wipe } = archivedSession();
    wipe();
    mkdirSync(client.base);
    const restored = restore();
    for (const [path, content] of Object.entries(contents)) expect(text(path), path).toBe(content);
    expect(restored).toMatchObject({ folder: client.root, isFolderThere: true, faults: [] });
    expect(Date.now() - statSync(client.transcriptPath).mtimeMs).toBeLessThan(60_000);
    expect(statSync(client.transcriptPath).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(client.transcriptPath))).toEqual(['s-1', 's-1.jsonl']);
    expect(new Set(restore().files.map(({ step }) => step))).toEqual(new Set(['same']));
  });

  it('changes nothing in a dry run', () => {
    const { client, steps, restore, wipe } = archivedSession();
    wipe();
    mkdirSync(client.base);
    expect(steps(restore({ isDryRun: true }))[client.transcript]).toBe('restore');
    expect(readdirSync(client.base)).toEqual([]);
  });

  it('replaces a transcript that has fewer lines, and keeps it under a name that is no transcript', () => {
    const { client, text, restore, contents } = archivedSession();
    const short = transcriptLines(4);
    client.write(client.transcript, short);
    const restored = restore();
    expect(text()).toBe(contents[client.transcript]);
    const { kept } = restored.files.find(({ path }) => path === client.transcript) ?? {};
    expect(kept).toBe(`${client.transcriptPath}.damaged-20261122T120000`);
    expect(readFileSync(kept ?? '', 'utf8')).toBe(short);
  });

  it('never writes over a transcript that has as many lines or more', () => {
    for (const text of [transcriptLines(31, 5), transcriptLines(30, 6)]) {
      const { client, restore, steps, text: now } = archivedSession();
      client.write(client.transcript, text);
      expect(steps(restore())[client.transcript]).toBe('keep');
      expect(now()).toBe(text);
    }
  });

  it('repairs a longer transcript that a crash cut', () => {
    const { client, restore, text } = archivedSession();
    const whole = transcriptLines(40);
    client.write(client.transcript, `${whole}{"type":"assis\0\0\0`);
    const restored = restore();
    expect(text()).toBe(whole);
    const file = restored.files.find(({ path }) => path === client.transcript);
    expect(file).toMatchObject({ step: 'repair', badLines: 1 });
    expect(readFileSync(file?.kept ?? '', 'utf8')).toContain('{"type":"assis');
  });

  it('leaves out what is broken in the archive, too', () => {
    const client = new ClientSession();
    client.write(client.transcript, `${transcriptLines(5)}${'\0'.repeat(500)}`);
    client.save({ isClosed: true });
    rmSync(client.transcriptPath);
    const actionContext = {
      ...{ folder: stateFolderAt(`${client.root}/state`), environment: {}, clock: Date.now },
    };
    const session = {
      id: 's-1',
      project: undefined,
      transcriptPath: undefined,
      clientPid: undefined,
    };
    restoreSession(actionContext, { session, cwd: client.root, isDryRun: false });
    expect(readFileSync(client.transcriptPath, 'utf8')).toBe(transcriptLines(5));
  });

  it('writes other files where they are missing or cut, and leaves those that differ', () => {
    const { client, restore, text, steps } = archivedSession();
    client.write(RESULT, 'line\n'.repeat(10));
    client.write('tasks/s-1/1.json', '{"id":1}');
    rmSync(`${client.base}/file-history`, { recursive: true });
    expect(steps(restore())).toMatchObject({
      [RESULT]: 'replace',
      'tasks/s-1/1.json': 'keep',
      'file-history/s-1/0a@v1': 'restore',
    });
    expect(text(RESULT)).toHaveLength(45_000);
    expect(text('tasks/s-1/1.json')).toBe('{"id":1}');
  });

  it('puts the session into another folder', () => {
    const { client, restore, contents } = archivedSession();
    const other = `${client.root}/my new.place`;
    mkdirSync(other);
    const { files, folder } = restore({ to: 'my new.place' });
    expect(folder).toBe(other);
    const bucket = other.replaceAll(/[^A-Za-z0-9]/g, '-');
    const file = `${client.base}/projects/${bucket}/s-1.jsonl`;
    expect(readFileSync(file, 'utf8')).toBe(contents[client.transcript]);
    expect(existsSync(`${client.base}/projects/${bucket}/s-1/tool-results/b1.txt`)).toBe(true);
    expect(files.map(({ step }) => step)).toContain('same'); // tasks and file history go by the id
    expect(() => restore({ to: 'nowhere' })).toThrow(/no such folder/);
  });

  it('uses the config folder of today where the old one is gone', () => {
    const { client, restore, wipe } = archivedSession();
    wipe();
    restore();
    expect(existsSync(`${client.root}/today/${client.transcript}`)).toBe(true);
    expect(existsSync(client.base)).toBe(false);
  });

  it('takes the branch that is asked for', () => {
    const { client, restore, text, contents } = archivedSession();
    client.write(client.transcript, transcriptLines(2) + transcriptLines(2, 9));
    client.save();
    expect(
      restore({ isDryRun: true }).files.find(({ path }) => path === client.transcript),
    ).toMatchObject({ branch: 'main', otherBranches: ['branch-1'], step: 'replace' });
    restore();
    restore({ branch: 'branch-1' });
    expect(text()).toBe(transcriptLines(2) + transcriptLines(2, 9));
    restore({ branch: 'main' });
    expect(text()).toBe(contents[client.transcript]);
    expect(() => restore({ branch: 'branch-7' })).toThrow(/no such branch/);
  });

  it('does not touch the transcript of a client that runs', () => {
    const { client, restore, found, text } = archivedSession();
    client.write(client.transcript, transcriptLines(1));
    const session = { ...found, clientPid: process.pid };
    expect(() => restore({ session })).toThrow(/is using it/);
    expect(text()).toBe(transcriptLines(1));
    rmSync(client.transcriptPath);
    restore({ session });
    expect(text()).toBe(transcriptLines(30));
  });

  it('leaves nothing half done where it cannot write, and goes on later', () => {
    if (process.getuid?.() === 0) return; // nothing is closed to root
    const { client, restore, text, wipe } = archivedSession();
    wipe();
    mkdirSync(`${client.base}/projects`, { recursive: true });
    chmodSync(`${client.base}/projects`, 0o500);
    expect(() => restore()).toThrow(/Cannot restore/);
    expect(text()).toBeUndefined();
    chmodSync(`${client.base}/projects`, 0o700);
    restore();
    expect(text()).toBe(transcriptLines(30));
  });

  it('says that the archive has nothing', () => {
    const { restore, found } = archivedSession();
    expect(() => restore({ session: { ...found, id: 's-9' } })).toThrow(/has no files of it/);
  });

  it('saves what an old clean-up left from the next one', () => {
    const { client, restore, text, contents } = archivedSession();
    utimesSync(client.transcriptPath, 1, 1);
    rmSync(`${client.base}/${AGENT}`);
    restore();
    expect(text(AGENT)).toBe(contents[AGENT]);
    expect(Date.now() - statSync(client.transcriptPath).mtimeMs).toBeLessThan(60_000);
  });
});
