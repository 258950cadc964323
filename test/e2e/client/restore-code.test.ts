import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../lib/core/json.ts';
import { findStore } from '../../../lib/snapshots/open-store.ts';
import { stateOf } from '../../support/code-scene.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

describe.each(installedClients())(
  'restored files, under the real client %s',
  (_version, binary) => {
    it('are written by Write, broken by Bash, brought back, and taken away again by an undo', {
      timeout: 240_000,
    }, async () => {
      const sandbox = new Sandbox();
      const { project } = sandbox;
      const git = (...args: readonly string[]): string =>
        execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
          ...{ cwd: project, encoding: 'utf8' },
        });
      git('init', '-q');
      writeFileSync(join(project, '.gitignore'), '.claude/\n');
      git('add', '.gitignore');
      git('commit', '-qm', 'first');
      sandbox.install();
      const before = stateOf(join(project, '.git'));
      const file = join(project, 'total.txt');
      const first = await sandbox.client({
        binary,
        prompt: 'Write the total',
        script: {
          turns: [calls(['Write', { file_path: file, content: 'right\n' }]), says('Written.')],
        },
      });
      expect(first).toMatchObject({ exitCode: 0 });
      const [taken] = await eventually(
        () => snapshotsWith(sandbox, 'total.txt', 'right\n'),
        (found) => expect(found.length).toBeGreaterThan(0),
      );
      const broken = await sandbox.client({
        binary,
        prompt: 'Break it',
        args: ['--resume', first.sessionId],
        script: {
          turns: [
            calls(['Bash', { command: 'echo wrong > total.txt; echo more > other.txt' }]),
            says('Broken.'),
          ],
        },
      });
      expect(broken).toMatchObject({ exitCode: 0 });
      expect(readFileSync(file, 'utf8')).toBe('wrong\n');

      const id = taken ?? '';
      const dry = objectOf(sandbox.waymark('restore', id, '--dry-run', '--json'));
      expect(dry['steps']).toEqual([{ path: 'total.txt', step: 'overwrite' }]);
      expect(readFileSync(file, 'utf8')).toBe('wrong\n');
      expect(sandbox.waymark('restore', id, '--yes')).toContain('Wrote 1 file.');
      expect(readFileSync(file, 'utf8')).toBe('right\n');
      expect(existsSync(join(project, 'other.txt'))).toBe(true);

      await eventually(
        () => sandbox.stateFile(`views/restored/${first.sessionId}.json`),
        (view) => expect(view).toContain('total.txt'),
      );
      const told = await sandbox.client({
        binary,
        prompt: 'Go on',
        args: ['--resume', first.sessionId],
        script: { turns: [says('Going on.')] },
      });
      expect(JSON.stringify(told.requests)).toContain('the user restored files in this folder');
      expect(JSON.stringify(told.requests)).toContain('`total.txt`');

      const transcript = transcriptOf(sandbox, first.sessionId);
      const { fork } = objectOf(
        sandbox.waymark('restore', id, '--fork-conversation', '--dry-run', '--json'),
      );
      expect(fork).toBe(null);
      sandbox.waymark('restore', '--undo', '--yes');
      const forked = objectOf(
        sandbox.waymark('restore', id, '--fork-conversation', '--yes', '--json'),
      );
      const session = isJsonObject(forked['fork']) ? String(forked['fork']['session']) : '';
      const again = await sandbox.client({
        binary,
        prompt: 'Another way',
        args: ['--resume', session],
        script: { turns: [says('Another way it is.')] },
      });
      expect(again).toMatchObject({ exitCode: 0, sessionId: session });
      const said = JSON.stringify(again.requests);
      expect(said).toContain('Write the total');
      expect(said).not.toContain('Break it');
      expect(transcriptOf(sandbox, first.sessionId)).toBe(transcript);

      sandbox.waymark('restore', '--undo', '--yes');
      expect(readFileSync(file, 'utf8')).toBe('wrong\n');
      expect(stateOf(join(project, '.git'))).toBe(before);
    });
  },
);

/** Ids of the project's snapshots that have a file with this content. */
function snapshotsWith(sandbox: Sandbox, path: string, content: string): readonly string[] {
  const stateRoot = sandbox.statePath('').replace(/\/$/, '');
  const tree = { path: sandbox.project, repository: undefined };
  const store = findStore(tree, { stateRoot, environment: process.env });
  if (store === undefined) return [];
  const git = (...args: readonly string[]): string => {
    const { stdout } = spawnSync('git', [`--git-dir=${store.folder}`, ...args]);
    return String(stdout);
  };
  const refs = git('for-each-ref', '--format=%(refname)', 'refs/waymark').split('\n');
  return refs
    .filter((ref) => ref !== '' && git('show', `${ref}:files/${path}`) === content)
    .map((ref) => ref.slice(ref.lastIndexOf('/') + 1));
}

function transcriptOf(sandbox: Sandbox, session: string): string {
  const projects = join(sandbox.configFolder, 'projects');
  const [bucket = ''] = readdirSync(projects);
  return readFileSync(join(projects, bucket, `${session}.jsonl`), 'utf8');
}

function objectOf(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('not a JSON object');
  return value;
}
