import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JsonObject, objectField } from '../../../lib/core/json.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { expectSettled } from './record-of.ts';
import { Sandbox } from './sandbox.ts';

/** Made-up secrets of known shapes. */
const IN_COMMAND = `ghp_${'q7Wz3Rk9Lm2Xc5Vb8Nd1'}${'Fg4Hj6Tp0Ys2Ea7U'}`;
const IN_FILE = `ghp_${'m4Kd8Zx1Qa6Wc3Ve9Rf5'}${'Tb2Yg7Nh0Uj3Mi8P'}`;
const BY_NAME = `tangerine-${'halibut'}-quartz`;

describe.each(installedClients())(
  'what is risky or secret under the real client %s',
  (_version, binary) => {
    it('is reported, blocks nothing, and leaves no secret in the state folder but in the copy of the transcript', async () => {
      const sandbox = new Sandbox();
      sandbox.install();
      const turns = [
        calls([
          'Bash',
          {
            command: 'echo "echo ran > risky.txt" | base64 | base64 -d | sh',
            description: 'Risky',
          },
        ]),
        calls([
          'Bash',
          {
            command: `DEPLOY_TOKEN=${IN_COMMAND} && printf %s "$DEPLOY_TOKEN" > token.txt`,
            description: 'A token',
          },
        ]),
        calls([
          'Bash',
          {
            command: `./deploy --password ${BY_NAME} || echo ran > password.txt`,
            description: 'A password',
          },
        ]),
        calls(['Bash', { command: `cat ${IN_COMMAND}`, description: 'Fail' }]),
        calls([
          'Write',
          { file_path: `${sandbox.project}/settings.ini`, content: `token = ${IN_FILE}\n` },
        ]),
        says('All is done.'),
      ];
      const session = await sandbox.client({
        binary,
        prompt: 'Deploy it',
        script: { turns },
        env: { WAYMARK_CHECKPOINT_INTERVAL: '0' },
      });
      expect(session).toMatchObject({ exitCode: 0, timedOut: false });

      const made = ['risky.txt', 'token.txt', 'password.txt', 'settings.ini'].map((name) =>
        readFileSync(join(sandbox.project, name), 'utf8'),
      );
      expect(made).toEqual(['ran\n', IN_COMMAND, 'ran\n', `token = ${IN_FILE}\n`]);
      expect(session.requests.map(({ told }) => told).join('\n')).not.toMatch(
        /PreToolUse|waymark/i,
      );

      await eventually(() => sandbox.status(), expectSettled);
      await eventually(
        () => payloadsOf(sandbox, session.sessionId, 'security.risky_command'),
        (risky) =>
          expect(risky).toContainEqual(
            expect.objectContaining({ tool: 'Bash', rule: 'run-hidden', severity: 'high' }),
          ),
      );
      await eventually(
        () =>
          payloadsOf(sandbox, session.sessionId, 'security.secret_found').map(
            ({ tool, places }) => [tool, places],
          ),
        (found) => {
          expect(found).toHaveLength(4);
          expect(found).toContainEqual(['Write', ['content: token']]);
          expect(found).toContainEqual(['Bash', ['command: named-value']]);
          expect(found).toContainEqual(['Bash', expect.arrayContaining(['command: token'])]);
        },
      );
      sandbox.waymark('worker', 'stop');
      const copies = sandbox.statePath('archive/transcripts');
      for (const secret of [IN_COMMAND, IN_FILE, BY_NAME])
        expect(
          filesWith(sandbox.statePath(''), secret).filter((file) => !file.startsWith(copies)),
        ).toEqual([]);
      const modes = filesWith(copies, '').map((file) => statSync(file).mode & 0o777);
      expect(new Set(modes)).toEqual(new Set([0o600]));
      expect(filesWith(sandbox.statePath(''), session.sessionId)).not.toEqual([]);
    });
  },
);

function payloadsOf(sandbox: Sandbox, sessionId: string, type: string): readonly JsonObject[] {
  return sandbox.events(sessionId, type).map((event) => objectField(event, 'payload'));
}

/** The files below a folder whose bytes contain `text`. */
function filesWith(folder: string, text: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));
}
