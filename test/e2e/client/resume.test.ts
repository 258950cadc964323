import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { numberField, objectField, stringField } from '../../../lib/core/json.ts';
import type { ClientOutcome } from '../../support/claude-client/run-client.ts';
import { calls, type Script, says, type Turn } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { expectSettled } from './record-of.ts';
import { Sandbox } from './sandbox.ts';

const TASK = 'Teach the parser to read dates of every calendar';
const FAILING = 'sh -c "echo the calendar is unknown >&2; exit 3"';

describe.each(installedClients())(
  'where you were, under the real client %s',
  (_version, binary) => {
    it('reaches the model in the first request after a compaction, and not before', async () => {
      const sandbox = newProject();
      const script = {
        turns: [
          ...work(sandbox),
          says('Begun.'),
          // A model needs seconds for a summary; the view of the turn before is written meanwhile.
          { ...says('<summary>They talked about parsers.</summary>'), delayMs: 3_000 },
          says('Going on.'),
        ],
      };
      const session = await sandbox.client({
        binary,
        script,
        prompt: [TASK, '/compact', 'What is next?'],
      });
      const asked = session.requests.findIndex(({ told }) => told.includes('What is next?'));
      expect(asked).toBeGreaterThan(0);
      expectTold(session.requests[asked]?.told ?? '', 'before the compaction');
      for (const { told } of session.requests.slice(0, asked))
        expect(told).not.toContain('recorded by waymark');
    });

    it('reaches the model in the first request of a resumed session', async () => {
      const sandbox = newProject();
      const first = await sandbox.client({
        binary,
        script: { turns: [...work(sandbox), says('Begun.')] },
        prompt: TASK,
      });
      await eventually(() => sandbox.status(), expectSettled);
      await viewHolds(sandbox, first.sessionId, 'dates.ts');
      const resumed = await sandbox.client({
        binary,
        script: { turns: [says('Going on.')] },
        prompt: 'Go on',
        args: ['--resume', first.sessionId],
      });
      expect(resumed.sessionId).toBe(first.sessionId);
      expectTold(mainTold(resumed)[0] ?? '', 'Where this session stopped');
      expect(sandbox.waymark('resume')).toContain('dates.ts');
    });

    it('reaches the model at the start of the session after one that was killed, once, and after no other', async () => {
      const sandbox = newProject();
      const killed = await killedSession(sandbox, binary, [
        ...work(sandbox),
        { ...says('Never said.'), delayMs: 60_000 },
      ]);
      const next = await sandbox.client({
        binary,
        script: { turns: [says('Taken up.')] },
        prompt: 'Hello',
      });
      expectTold(mainTold(next)[0] ?? '', 'crashed');
      expect(mainTold(next)[0]).toContain(killed);
      await eventually(() => sandbox.status(), expectSettled);
      const third = await sandbox.client({
        binary,
        script: { turns: [says('Hello.')] },
        prompt: 'Hello again',
      });
      expect(mainTold(third).join('\n')).not.toContain('recorded by waymark');
    });
  },
);

function newProject(): Sandbox {
  const sandbox = new Sandbox();
  execFileSync('git', ['init', '-q', '-b', 'calendar'], { cwd: sandbox.project });
  sandbox.install();
  return sandbox;
}

/** A file is written, a command fails. */
function work(sandbox: Sandbox): readonly Turn[] {
  return [
    calls(['Write', { file_path: `${sandbox.project}/dates.ts`, content: 'export {};\n' }]),
    calls(['Bash', { command: FAILING, description: 'Try' }]),
  ];
}

function expectTold(told: string, why: string): void {
  const text = told.slice(told.indexOf('SessionStart'));
  for (const part of ['recorded by waymark', why, TASK, 'dates.ts', 'the calendar is unknown'])
    expect(text).toContain(part);
}

function mainTold({ requests }: ClientOutcome): readonly string[] {
  return requests.filter(({ lane }) => lane === 'main').map(({ told }) => told);
}

async function viewHolds(sandbox: Sandbox, session: string, text: string): Promise<void> {
  await eventually(
    () => sandbox.stateFile(`views/resume/${session}.json`),
    (view) => expect(view).toContain(text),
  );
}

/**
 * A session whose client is killed in the middle of a turn, by the process id that the hook
 * recorded. @returns its id.
 */
async function killedSession(
  sandbox: Sandbox,
  binary: string,
  turns: Script['turns'],
): Promise<string> {
  let id = '';
  let killing: Promise<void> | undefined;
  const kill = async (): Promise<void> => {
    await viewHolds(sandbox, id, 'the calendar is unknown');
    const [started] = sandbox.events(id, 'session.started');
    const pid = numberField(objectField(objectField(started ?? {}, 'payload'), 'client'), 'pid');
    if (pid === undefined) throw new Error('Cannot kill the client: its process was not recorded');
    process.kill(pid, 'SIGKILL');
  };
  const outcome = await sandbox.client({
    binary,
    script: { turns },
    prompt: TASK,
    onEvent: (event) => {
      id = stringField(event, 'session_id') ?? id;
      if (event['type'] === 'user') killing ??= kill();
    },
  });
  await killing;
  expect(outcome).toMatchObject({ exitCode: null, timedOut: false });
  return id;
}
