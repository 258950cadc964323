import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import {
  isJsonObject,
  type JsonObject,
  numberField,
  parseJsonObject,
} from '../../../lib/core/json.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStoreForReading } from '../../../lib/store/open-store.ts';
import { clientEnvironment } from '../../support/claude-client/client-environment.ts';
import {
  type ClientOutcome,
  type ClientRun,
  runClient,
} from '../../support/claude-client/run-client.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { endProcessesOf } from './processes-of.ts';

/**
 * A user of his own: home, project and state folder below one throw-away root, and waymark's
 * commands run as this user.
 */
export class Sandbox {
  readonly root = tempFolder('client-e2e-');
  readonly project = join(this.root, 'my project');
  readonly settingsFile = join(this.project, '.claude/settings.json');
  readonly #home = join(this.root, 'home');
  readonly #state = join(this.root, 'state');
  readonly #ownEnvironment = {
    HOME: this.#home,
    CLAUDE_CONFIG_DIR: join(this.#home, '.claude'),
    WAYMARK_HOME: this.#state,
    XDG_RUNTIME_DIR: join(this.root, 'run'),
    NODE_EXTRA_CA_CERTS: undefined,
  };

  constructor() {
    for (const folder of [
      join(this.project, '.claude'),
      this.#ownEnvironment.CLAUDE_CONFIG_DIR,
      this.#ownEnvironment.XDG_RUNTIME_DIR,
    ]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    onTestFinished(() => endProcessesOf(this.root));
  }

  /** Runs the installer on the project's settings and returns what it says. */
  install(...flags: readonly string[]): JsonObject {
    return objectOf(
      this.#run('install-hooks', ['--yes', '--scope', 'project', ...flags, '--json']),
    );
  }

  /** Installs the launchers for the plugin and returns what the installer says. */
  installForPlugin(): JsonObject {
    return objectOf(this.#run('waymark', ['install', '--no-settings', '--json']));
  }

  /**
   * Runs a command of the client, such as `plugin install`, as this user. @throws when it fails.
   */
  claude(binary: string, ...args: readonly string[]): string {
    const env = clientEnvironment(
      process.env,
      this.#home,
      'http://127.0.0.1:9',
      this.#ownEnvironment,
    );
    return execFileSync(binary, args, {
      cwd: this.project,
      env,
      encoding: 'utf8',
      timeout: 60_000,
    });
  }

  /** Runs a command of `waymark` that prints text. @throws when it fails. */
  waymark(...args: readonly string[]): string {
    return this.#run('waymark', args);
  }

  status(): JsonObject {
    return objectOf(this.waymark('status', '--json'));
  }

  show(sessionId: string): JsonObject {
    return objectOf(this.waymark('show', sessionId, '--json'));
  }

  /** One session of the real client as this user. */
  client({
    env,
    project = this.project,
    ...run
  }: Omit<ClientRun, 'home' | 'project'> & {
    readonly project?: string;
  }): Promise<ClientOutcome> {
    const { WAYMARK_HOME, XDG_RUNTIME_DIR } = this.#ownEnvironment;
    return runClient({
      ...run,
      home: this.#home,
      project,
      env: { ...env, WAYMARK_HOME, XDG_RUNTIME_DIR },
    });
  }

  /** A session in which the model runs these commands, one after the other. It ends by itself. */
  async runCommands(binary: string, commands: readonly string[]): Promise<ClientOutcome> {
    const turns = [
      ...commands.map((command) => calls(['Bash', { command, description: 'Build' }])),
      says('Done.'),
    ];
    const session = await this.client({ binary, prompt: 'Build it', script: { turns } });
    expect(session).toMatchObject({ exitCode: 0, timedOut: false });
    return session;
  }

  /** The client's config folder. */
  get configFolder(): string {
    return this.#ownEnvironment.CLAUDE_CONFIG_DIR;
  }

  /** The path of a file in the state folder. */
  statePath(path: string): string {
    return join(this.#state, path);
  }

  /** The text of a file in the state folder; `''` while it is not there. */
  stateFile(path: string): string {
    const file = this.statePath(path);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** How many operations the hooks counted. */
  counted(sessionId: string): number {
    return statSync(join(this.#state, 'throttle', sessionId, 'ops')).size;
  }

  /** The stored events of one type, oldest first. */
  events(sessionId: string, type: string): readonly JsonObject[] {
    return this.rows(
      'SELECT envelope FROM events WHERE session_id = ? AND type = ? ORDER BY at',
      sessionId,
      type,
    ).map(({ envelope }) => objectOf(envelope));
  }

  /** The stored events whose types fit a pattern with `*`, whosever they are, by id. */
  eventsLike(pattern: string): readonly JsonObject[] {
    return this.rows('SELECT envelope FROM events WHERE type GLOB ? ORDER BY id', pattern).map(
      ({ envelope }) => objectOf(envelope),
    );
  }

  /** What the store answers, every value as text; nothing while there is no store. */
  rows(sql: string, ...values: readonly string[]): readonly Readonly<Record<string, string>>[] {
    const store = openStoreForReading(join(this.#state, 'waymark.db'), sqliteDriver());
    if (store === undefined) return [];
    try {
      const rows = store.prepare(sql).all(...values);
      return rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
      );
    } finally {
      store.close();
    }
  }

  /** The process ids in the heartbeat files: the workers of this user only. */
  workerPids(): readonly number[] {
    const folder = join(this.#state, 'heartbeat');
    const beats = readdirSync(folder).map((name) =>
      parseJsonObject(readFileSync(join(folder, name), 'utf8')),
    );
    return beats.flatMap((beat) =>
      beat === undefined ? [] : [numberField(beat, 'pid') ?? []].flat(),
    );
  }

  #run(program: 'waymark' | 'install-hooks', args: readonly string[]): string {
    const script = join(import.meta.dirname, '../../../dist', `${program}.cjs`);
    const env = { ...process.env, ...this.#ownEnvironment };
    return execFileSync(process.execPath, [script, ...args], {
      cwd: this.project,
      env,
      encoding: 'utf8',
      timeout: 60_000,
    });
  }
}

function objectOf(text: string | undefined): JsonObject {
  const value: unknown = JSON.parse(text ?? '');
  if (!isJsonObject(value))
    throw new Error(`Cannot read ${text?.slice(0, 200)}: not a JSON object`);
  return value;
}
