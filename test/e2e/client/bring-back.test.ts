import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archivedBytes, archivedFiles } from '../../../lib/journal/transcripts/read-archived.ts';
import { isJsonObject, type JsonObject } from '../../../lib/core/json.ts';
import type { ClientOutcome } from '../../support/claude-client/run-client.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

const TASK = 'Count the lines of the atlas';
const ANSWER = 'The atlas has twenty thousand lines.';

describe.each(installedClients())(
  'a deleted session, under the real client %s',
  (_version, binary) => {
    it('goes on after it was restored, here and in another folder', {
      timeout: 240_000,
    }, async () => {
      const sandbox = new Sandbox();
      sandbox.install();
      const { sessionId } = await sandbox.client({
        binary,
        prompt: TASK,
        script: {
          turns: [
            calls([
              'Bash',
              { command: 'seq -f "line %g of the atlas" 1 20000', description: 'Print the atlas' },
            ]),
            says(ANSWER),
          ],
        },
      });
      const before = footprintOf(sandbox, sessionId);
      const results = Object.keys(before).filter((path) => path.includes('/tool-results/'));
      expect(results).toHaveLength(1);
      await eventually(
        () => archivedOf(sandbox, sessionId),
        (archived) => expect(archived).toMatchObject(before),
      );

      removeFootprint(sandbox, sessionId);
      const lost = await resume(sandbox, binary, sessionId);
      expect(lost.exitCode).toBe(1);
      expect(lost.stderr).toContain('No conversation found');
      removeFootprint(sandbox, sessionId);

      const dry = objectOf(
        sandbox.waymark('sessions', 'restore', sessionId, '--dry-run', '--json'),
      );
      expect(dry).toMatchObject({ session: sessionId, dryRun: true });
      expect(footprintOf(sandbox, sessionId)).toEqual({});
      expect(sandbox.waymark('sessions', 'restore', sessionId)).toContain(`--resume ${sessionId}`);
      expect(footprintOf(sandbox, sessionId)).toMatchObject(before);
      await expectGoingOn(sandbox, { binary, sessionId, large: results[0] ?? '' });

      // the client has cut it: the archive has more
      const [bucket] = readdirSync(`${sandbox.configFolder}/projects`);
      const file = `${sandbox.configFolder}/projects/${bucket}/${sessionId}.jsonl`;
      await eventually(
        () => archivedOf(sandbox, sessionId)[`projects/${bucket}/${sessionId}.jsonl`],
        (content) => expect(content).toBe(readFileSync(file, 'utf8')),
      );
      truncateSync(file, 300);
      sandbox.waymark('sessions', 'restore', sessionId);
      await expectGoingOn(sandbox, { binary, sessionId, large: results[0] ?? '' });

      const elsewhere = join(sandbox.root, 'elsewhere, moved');
      mkdirSync(elsewhere);
      removeFootprint(sandbox, sessionId);
      sandbox.waymark('sessions', 'restore', sessionId, '--to', elsewhere);
      const moved = Object.keys(footprintOf(sandbox, sessionId)).find((path) =>
        path.includes('/tool-results/'),
      );
      await expectGoingOn(sandbox, { binary, sessionId, large: moved ?? '', project: elsewhere });
    });
  },
);

/** Every file of a session in the client's config folder, by its path there. */
function footprintOf(sandbox: Sandbox, session: string): Readonly<Record<string, string>> {
  const names = readdirSync(sandbox.configFolder, { recursive: true, encoding: 'utf8' });
  const own = names.filter((name) => name.includes(session) && /\.(?:jsonl|txt|json)$/.test(name));
  return Object.fromEntries(
    own.map((name) => [name, readFileSync(join(sandbox.configFolder, name), 'utf8')]),
  );
}

function archivedOf(sandbox: Sandbox, session: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    archivedFiles(sandbox.statePath('archive'), session).map((file) => [
      file.path,
      Buffer.concat([...archivedBytes(file)]).toString(),
    ]),
  );
}

function removeFootprint(sandbox: Sandbox, session: string): void {
  for (const name of readdirSync(sandbox.configFolder, { recursive: true, encoding: 'utf8' }))
    if (name.includes(session))
      rmSync(join(sandbox.configFolder, name), { recursive: true, force: true });
}

interface GoingOn {
  readonly binary: string;
  readonly sessionId: string;
  /** The large result, below the config folder. */
  readonly large: string;
  readonly project?: string;
}

/** The model gets what was said before, and can read the large result. */
async function expectGoingOn(sandbox: Sandbox, { binary, sessionId, large, project }: GoingOn) {
  const read = { file_path: join(sandbox.configFolder, large), offset: 19_000, limit: 3 };
  const resumed = await sandbox.client({
    binary,
    ...(project === undefined ? {} : { project }),
    prompt: 'Go on',
    args: ['--resume', sessionId],
    script: { turns: [calls(['Read', read]), says('Going on.')] },
  });
  expect(resumed).toMatchObject({ exitCode: 0, sessionId });
  const told = JSON.stringify(resumed.requests);
  for (const part of [TASK, ANSWER, 'line 19001 of the atlas']) expect(told).toContain(part);
}

function resume(sandbox: Sandbox, binary: string, session: string): Promise<ClientOutcome> {
  const script = { turns: [says('Going on.')] };
  return sandbox.client({ binary, prompt: 'Go on', args: ['--resume', session], script });
}

function objectOf(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('not a JSON object');
  return value;
}
