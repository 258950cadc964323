import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { calls, type Script, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { expectSettled } from './record-of.ts';
import { Sandbox } from './sandbox.ts';

const TYPES = ['session.*', 'task.*', 'checkpoint.*'];

/** How many posts are answered before the receiver falls silent and is killed. */
const ANSWERS = 2;

/** What fails a second time before the receiver is back comes again after five minutes. */
const PATIENCE_MS = 400_000;

/** A session that goes on when the receiver was killed and is back. */
function script(project: string): Script {
  return {
    turns: [
      calls(['Bash', { command: 'echo broken >&2; exit 3', description: 'Fail' }]),
      calls(['Write', { file_path: `${project}/story.txt`, content: 'once\n' }]),
      calls(['Bash', { command: 'until [ -e go ]; do sleep 0.1; done', description: 'Wait' }]),
      calls(['Bash', { command: 'echo broken again >&2; exit 4', description: 'Fail' }]),
      says('All is done.'),
    ],
  };
}

describe.each(installedClients())('a webhook under the real client %s', (_version, binary) => {
  it(
    'loses nothing when its receiver is killed over a post in the midst of a session',
    async () => {
      const sandbox = new Sandbox();
      const receiver = new KilledReceiver(sandbox.root);
      sandbox.install();
      const port = await receiver.start(0, ANSWERS);
      sandbox.waymark(
        'webhooks',
        'add',
        `http://127.0.0.1:${port}/hook`,
        '--name',
        'here',
        '--secret-file',
        receiver.secretFile,
        '--type',
        ...TYPES,
      );
      const outage = async (): Promise<void> => {
        await eventually(
          () => receiver.got(),
          (got) => expect(got.length).toBeGreaterThan(ANSWERS),
        );
        await receiver.kill();
        const failed =
          "SELECT event_id FROM deliveries WHERE subscription = 'webhook/here' AND state = 'due' AND last_error IS NOT NULL";
        await eventually(
          () => sandbox.rows(failed),
          (rows) => expect(rows).not.toEqual([]),
        );
        await receiver.start(port);
        writeFileSync(join(sandbox.project, 'go'), '');
      };
      const run = {
        binary,
        prompt: 'Write the story',
        script: script(sandbox.project),
        env: { WAYMARK_CHECKPOINT_INTERVAL: '0' },
      };
      const [session] = await Promise.all([sandbox.client(run), outage()]);
      expect(session).toMatchObject({ exitCode: 0, timedOut: false });
      await eventually(() => sandbox.status(), expectSettled);

      const answered = () => receiver.got().filter(({ isAnswered }) => isAnswered);
      const { stored } = await eventually(
        () => ({
          ids: answered().map(({ id }) => id),
          stored: TYPES.flatMap((type) => sandbox.eventsLike(type)),
        }),
        ({ ids, stored }) =>
          expect([...new Set(ids)].sort()).toEqual(stored.map(({ event_id }) => event_id).sort()),
        PATIENCE_MS,
      );
      expect(stored.filter(({ event_type }) => event_type === 'task.failed')).toHaveLength(2);
      expect(receiver.got().length).toBeGreaterThan(answered().length);
      const payloads = new Map(stored.map(({ event_id, payload }) => [event_id, payload]));
      for (const { id, event } of receiver.got())
        expect(event).toMatchObject({ specversion: '1.0', id, data: payloads.get(id) });
      await eventually(
        () =>
          sandbox.rows(
            "SELECT * FROM deliveries WHERE subscription = 'webhook/here' AND state <> 'done'",
          ),
        (rows) => expect(rows).toEqual([]),
      );
      expect(JSON.parse(sandbox.waymark('dead', 'list', '--json'))).toEqual([]);
    },
    300_000 + PATIENCE_MS,
  );
});

interface Got {
  readonly id: string;
  /** `null` when the signature was not the sender's. */
  readonly event: unknown;
  readonly isAnswered: boolean;
}

/** A receiver that is a process: it can be killed, and started again. */
class KilledReceiver {
  readonly secretFile: string;
  readonly #file: string;
  readonly #secret = `whsec_${randomBytes(32).toString('base64')}`;
  #process: ChildProcess | undefined;

  constructor(root: string) {
    this.#file = join(root, 'received');
    this.secretFile = join(root, 'secret');
    writeFileSync(this.secretFile, this.#secret, { mode: 0o600 });
    onTestFinished(() => this.kill());
  }

  /** Resolves to its port when it listens. */
  async start(port: number, answers = Number.POSITIVE_INFINITY): Promise<number> {
    const args = [
      join(import.meta.dirname, 'webhook-receiver.mjs'),
      this.#file,
      String(port),
      String(answers),
    ];
    const started = spawn(process.execPath, args, {
      env: { ...process.env, RECEIVER_SECRET: this.#secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = started;
    const [said] = await once(started.stdout, 'data');
    return Number(said);
  }

  /** Resolves when it is dead. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  }

  /** Every post that it ever got. */
  got(): readonly Got[] {
    const lines = existsSync(this.#file)
      ? readFileSync(this.#file, 'utf8').split('\n').slice(0, -1)
      : [];
    return lines.map((line) => JSON.parse(line));
  }
}
