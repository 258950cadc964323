import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, objectField } from '../../../lib/core/json.ts';
import { archivedFiles } from '../../../lib/journal/transcripts/read-archived.ts';
import type { ClientOutcome } from '../../support/claude-client/run-client.ts';
import { calls, type Script, says } from '../../support/claude-client/script.ts';
import { countTranscripts } from '../../support/count-transcripts.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

/** Words that are nowhere else. */
const TASK = 'Survey the quagglewood';
const ANSWER = 'The quagglewood has nineteen brinkletrees.';
const AGENT = 'AGENT: walk through the quagglewood';

describe.each(installedClients())(
  'the history of the real client %s, from before waymark',
  (_version, binary) => {
    it('is imported, counted, brought back here and elsewhere, and forgotten for good', {
      timeout: 600_000,
    }, async () => {
      const sandbox = new Sandbox();
      const run = (prompt: string | readonly string[], script: Script, ...args: string[]) =>
        sandbox.client({ binary, prompt, script, args });
      const first = await run(TASK, survey());
      expect(first).toMatchObject({ exitCode: 0, timedOut: false });
      const fork = await run(
        'Count again',
        { turns: [calls(['Bash', { command: 'echo 20', description: 'Count' }]), says('Twenty.')] },
        ...['--resume', first.sessionId, '--fork-session'],
      );
      expect(fork.sessionId).not.toBe(first.sessionId);
      const compacted = await run(['Plant a brinkletree', '/compact', 'Water it'], {
        turns: [says('Planted.'), says('<summary>One was planted.</summary>'), says('Watered.')],
      });
      expect(compacted).toMatchObject({ exitCode: 0, timedOut: false });

      const added = objectField(objectOf(sandbox.waymark('import', '--json')), 'added');
      const { output: _output, ...counted } = countTranscripts(`${sandbox.configFolder}/projects`);
      expect(added).toEqual({ ...counted, promptsOnly: 0 });
      expect(counted).toMatchObject({ sessions: 3, agents: 1 });
      expect(objectOf(sandbox.waymark('import', '--json'))).toMatchObject({ sessions: 0 });

      const large = filesOf(sandbox, first.sessionId).find((path) =>
        path.includes('/tool-results/'),
      );
      expect(large).toBeDefined();
      const kept = transcriptsOf(sandbox, first.sessionId);
      await eventually(
        () => archivedSizes(sandbox, first.sessionId),
        (archived) => expect(archived).toMatchObject(kept),
      );
      await eventually(
        () => sandbox.waymark('search', 'brinkletrees', '--json'),
        (hits) => expect(hits).toContain(first.sessionId),
      );

      removeFiles(sandbox, first.sessionId);
      const lost = await run('Go on', { turns: [says('On.')] }, '--resume', first.sessionId);
      expect(lost.stderr).toContain('No conversation found');
      sandbox.waymark('sessions', 'restore', first.sessionId);
      await expectGoingOn(sandbox, first.sessionId, {
        large: large ?? '',
        resume: (script) => run('Go on', script, '--resume', first.sessionId),
      });
      removeFiles(sandbox, first.sessionId);
      const elsewhere = join(sandbox.root, 'moved to');
      mkdirSync(elsewhere);
      sandbox.waymark('sessions', 'restore', first.sessionId, '--to', elsewhere);
      const args = ['--resume', first.sessionId];
      await expectGoingOn(sandbox, first.sessionId, {
        large:
          filesOf(sandbox, first.sessionId).find((path) => path.includes('/tool-results/')) ?? '',
        resume: (script) =>
          sandbox.client({ binary, prompt: 'Go on', script, args, project: elsewhere }),
      });

      const ids = [first.sessionId, fork.sessionId];
      sandbox.waymark('forget', ...ids, '--yes', '--force');
      expect(objectOf(sandbox.waymark('import', '--json'))).toMatchObject({ sessions: 0 });
      await eventually(
        () => sandbox.waymark('search', 'brinkletree', '--json'),
        (hits) => expect(hits).toContain(compacted.sessionId),
      );
      sandbox.waymark('worker', 'stop');
      expect(filesOf(sandbox, first.sessionId)).not.toEqual([]); // the client's own are still there
      for (const word of [...ids, 'quagglewood', 'brinkletrees'])
        expect(filesWith(sandbox.statePath('.'), word), word).toEqual([]);
      expect(filesWith(sandbox.statePath('.'), compacted.sessionId)).not.toEqual([]);
    });
  },
);

/** A large result, a failure, an agent with a call of its own. */
function survey(): Script {
  return {
    turns: [
      calls(['Bash', { command: 'seq -f "tree %g" 1 20000', description: 'Print the trees' }]),
      calls(['Bash', { command: 'cat missing.txt', description: 'Fail' }]),
      calls(['Agent', { description: 'Walk', prompt: AGENT, subagent_type: 'general-purpose' }]),
      says(ANSWER),
    ],
    lanes: [
      {
        opening: AGENT,
        turns: [calls(['Bash', { command: 'ls', description: 'List' }]), says('Walked.')],
      },
    ],
  };
}

interface GoingOn {
  /** The large result, below the config folder. */
  readonly large: string;
  readonly resume: (script: Script) => Promise<ClientOutcome>;
}

/** The model gets what was said before, and can read the large result. */
async function expectGoingOn(sandbox: Sandbox, session: string, { large, resume }: GoingOn) {
  const read = { file_path: join(sandbox.configFolder, large), offset: 19_000, limit: 3 };
  const resumed = await resume({ turns: [calls(['Read', read]), says('Going on.')] });
  expect(resumed).toMatchObject({ exitCode: 0, sessionId: session });
  const told = JSON.stringify(resumed.requests);
  for (const part of [TASK, ANSWER, 'tree 19001']) expect(told).toContain(part);
}

/** What the client keeps of a session, below its config folder. */
function filesOf(sandbox: Sandbox, session: string): readonly string[] {
  return readdirSync(sandbox.configFolder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.includes(session) && statSync(join(sandbox.configFolder, path)).isFile(),
  );
}

/** Sizes of the transcripts and large results of a session, by their path there. */
function transcriptsOf(sandbox: Sandbox, session: string): Readonly<Record<string, number>> {
  const paths = filesOf(sandbox, session).filter((path) => path.startsWith('projects/'));
  return Object.fromEntries(
    paths.map((path) => [path, statSync(join(sandbox.configFolder, path)).size]),
  );
}

/** The same of what is archived. */
function archivedSizes(sandbox: Sandbox, session: string): Readonly<Record<string, number>> {
  const files = archivedFiles(sandbox.statePath('archive'), session);
  return Object.fromEntries(files.map(({ path, bytes }) => [path, bytes]));
}

function removeFiles(sandbox: Sandbox, session: string): void {
  for (const path of filesOf(sandbox, session)) rmSync(join(sandbox.configFolder, path));
}

/** As `grep -rl` does: files below a folder with this text in their name or bytes. */
function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => {
    const file = join(folder, path);
    return path.includes(text) || (statSync(file).isFile() && readFileSync(file).includes(text));
  });
}

function objectOf(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('not a JSON object');
  return value;
}
