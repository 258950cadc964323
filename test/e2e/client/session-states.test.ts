import { describe, expect, it, onTestFinished } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../lib/core/json.ts';
import { startMessagesApi } from '../../support/claude-client/messages-api.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { openTerminal } from './open-terminal.ts';
import { Sandbox } from './sandbox.ts';

/** A terminal is made by `script` of util-linux; other systems have another one under that name. */
describe.runIf(process.platform === 'linux')('the state of a session', () => {
  it.each(installedClients())(
    'follows the real client %s: a question, the answer, Escape, the end of its process',
    async (_version, binary) => {
      const sandbox = new Sandbox();
      sandbox.install();
      const touch = calls(['Bash', { command: 'touch made.txt', description: 'Make a file' }]);
      const sleep = calls(['Bash', { command: 'sleep 60', description: 'Sleep' }]);
      const api = await startMessagesApi({ turns: [touch, says('Made.'), sleep] });
      onTestFinished(() => api.close());
      const screen = openTerminal(sandbox, binary, api.url, { messageIdleNotifThresholdMs: 1_000 });
      const reach = (state: string): Promise<JsonObject> =>
        eventually(
          () => onlySession(sandbox),
          (session) => expect(session['state']).toBe(state),
        );
      await reach('waiting-for-you');
      await type(screen, 'make it');
      const asking = await reach('waiting-for-permission');
      expect(asking['stateMessage']).toMatch(/permission/);
      screen.type('\r');
      await reach('waiting-for-you');
      await type(screen, 'go on');
      await reach('working');
      await eventually(screen.text, (seen) => expect(seen).toContain('sleep60'));
      screen.type('\u001b');
      await reach('waiting-for-you');
      const [row] = sandbox.rows('SELECT client_pid FROM sessions');
      process.kill(Number(row?.['client_pid']), 'SIGKILL');
      await reach('lost');
    },
  );
});

async function type(screen: ReturnType<typeof openTerminal>, text: string): Promise<void> {
  screen.type(text);
  await eventually(screen.text, (seen) => expect(seen).toContain(text.replaceAll(' ', '')));
  screen.type('\r');
}

/** The session as `waymark sessions` shows it. */
function onlySession(sandbox: Sandbox): JsonObject {
  const sessions: unknown = JSON.parse(sandbox.waymark('sessions', '--json'));
  const [first] = Array.isArray(sessions) ? sessions.filter(isJsonObject) : [];
  return first ?? {};
}
