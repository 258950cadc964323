import { describe, expect, it, onTestFinished } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../lib/core/json.ts';
import { startMessagesApi } from '../../support/claude-client/messages-api.ts';
import { calls, says, type Turn } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { openTerminal } from './open-terminal.ts';
import { Sandbox } from './sandbox.ts';

/** A terminal is made by `script` of util-linux; other systems have another one under that name. */
describe.runIf(process.platform === 'linux')('the state of a session', () => {
  it.each(installedClients())(
    'follows the real client %s: a question, the answer, Escape, the end of its process',
    async (_version, binary) => {
      const touch = calls(['Bash', { command: 'touch made.txt', description: 'Make a file' }]);
      const sleep = calls(['Bash', { command: 'sleep 60', description: 'Sleep' }]);
      const { sandbox, open, reach } = await scene([touch, says('Made.'), sleep]);
      const screen = open(binary);
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

  it.each(installedClients())(
    'follows what no hook tells of %s: an allowed call that runs, a question of Claude, a plan',
    async (_version, binary) => {
      const { open, reach } = await scene([
        calls(['Bash', { command: 'touch made.txt; sleep 60', description: 'Sleep' }]),
        calls(['AskUserQuestion', { questions: [QUESTION] }]),
        calls(['EnterPlanMode', {}]),
        calls(['ExitPlanMode', { plan: 'Make a file' }]),
      ]);
      const screen = open(binary);
      await reach('waiting-for-you');
      await type(screen, 'make it');
      await reach('waiting-for-permission');
      screen.type('\r');
      await reach('working');
      screen.type('\u001b');
      await reach('waiting-for-you');
      await type(screen, 'ask me');
      const asked = await reach('waiting-for-you', QUESTION.question);
      expect(asked['stateUntil']).toBeNull();
      screen.type('\r');
      await reach('waiting-for-permission', 'A plan to approve');
    },
  );

  it.each(installedClients())(
    'follows %s in a second terminal, after the first is closed',
    async (_version, binary) => {
      const { sandbox, open, reach } = await scene([says('One.'), says('Two.')]);
      const first = open(binary);
      await reach('waiting-for-you');
      await type(first, 'say one');
      await eventually(first.text, (seen) => expect(seen).toContain('One.'));
      const [row] = sandbox.rows('SELECT id FROM sessions');
      const second = open(binary, '--resume', row?.['id'] ?? '');
      await eventually(second.text, (seen) => expect(seen).toContain('One.'));
      await type(first, '/exit');
      await reach('ended');
      await type(second, 'say two');
      await reach('waiting-for-you');
    },
  );
});

const QUESTION = {
  ...{ question: 'Which way?', header: 'Way', multiSelect: false },
  options: [
    { label: 'Left', description: 'The left one' },
    { label: 'Right', description: 'The right one' },
  ],
};

/** A user whose client is told what to do by `turns`. */
async function scene(turns: readonly Turn[]) {
  const sandbox = new Sandbox();
  sandbox.install();
  const api = await startMessagesApi({ turns });
  onTestFinished(() => api.close());
  return {
    sandbox,
    open: (binary: string, ...args: readonly string[]) =>
      openTerminal(sandbox, binary, api.url, { messageIdleNotifThresholdMs: 30_000 }, args),
    reach: (state: string, message?: string): Promise<JsonObject> =>
      eventually(
        () => onlySession(sandbox),
        (session) => {
          const own = message === undefined ? {} : { stateMessage: message };
          expect(session).toMatchObject({ state, ...own });
        },
      ),
  };
}

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
