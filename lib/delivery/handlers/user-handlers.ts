import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../core/log.ts';
import type { Subscription, SubscriptionSource } from '../subscription.ts';
import { descriptionCache } from './description-cache.ts';
import { sweepEventFiles } from './event-file.ts';
import { FileEntry, type FileEntryParts, signatureOf } from './file-entry.ts';
import type { EmitFrom } from './handler-maker.ts';
import type { KnownHandler } from './known-handler.ts';
import { scanFolder, type ScannedFolder, sidecarOf } from './scan-folder.ts';
import { hasSecretName, redactTokens } from '../../secrets/redact.ts';

export interface UserHandlersOptions {
  /** The state folder. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly log: Log;
  /**
   * The built `handler-runner.js`, and the file that `import … from 'waymark'` resolves to in a
   * module.
   */
  readonly runner: string;
  readonly api: string;
  readonly emit: EmitFrom;
  /** Least time between two scans of the folder. @defaultValue 100 */
  readonly lookMs?: number;
  /** Time between SIGTERM and SIGKILL. @defaultValue 2000 */
  readonly graceMs?: number;
  /** Time limit for loading a module. @defaultValue 20000 */
  readonly loadMs?: number;
  /** Idle time after which a module's process ends. @defaultValue 30000 */
  readonly idleMs?: number;
  /** Characters of a handler's output in a result. @defaultValue 2000 */
  readonly outputHead?: number;
}

/** The user's handlers: those in `handlers/` of the state folder. */
export interface UserHandlers {
  readonly source: SubscriptionSource;
  /** Returns all handlers that the latest scan found, usable or not. */
  known(): readonly KnownHandler[];
  /** Returns why nothing in the folder may run, with its path; `undefined` if it may. */
  problem(): string | undefined;
  /** Scans, and resolves when all modules are known, or after `limitMs`. */
  whenReady(limitMs?: number): Promise<void>;
  /** Ends the processes of modules, and waits for programs that were asked to stop. */
  close(): Promise<void>;
}

export function openUserHandlers(options: UserHandlersOptions): UserHandlers {
  return new HandlerFolder(options);
}

const MAX_WAIT_MS = 60_000;

class HandlerFolder implements UserHandlers {
  readonly #options: UserHandlersOptions;
  readonly #parts: FileEntryParts;
  readonly #folder: string;
  readonly #reported = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();
  #entries: ReadonlyMap<string, FileEntry> = new Map();
  #checkedAt = Number.NEGATIVE_INFINITY;
  #seen: string | undefined;
  #isStale = true;
  #known: readonly KnownHandler[] = [];
  #problem: string | undefined;
  #subscriptions: readonly Subscription[] = [];

  constructor(options: UserHandlersOptions) {
    const {
      home,
      environment,
      clock,
      runner,
      api,
      emit,
      graceMs = 2_000,
      loadMs = 20_000,
      idleMs = 30_000,
      outputHead = 2_000,
    } = options;
    const scratch = `${home}/delivering`;
    const onChange = (): void => {
      this.#isStale = true;
    };
    const cache = descriptionCache(`${home}/views`);
    const handlerEnv = handlerEnvironment(environment, home);
    this.#options = options;
    this.#folder = `${home}/handlers`;
    this.#parts = {
      home,
      environment: handlerEnv,
      scratch,
      graceMs,
      clock,
      runner,
      api,
      loadMs,
      idleMs,
      outputHead,
      emit,
      cache,
      onChange,
      track: (run) => this.#track(run),
    };
    sweepEventFiles(scratch, clock());
  }

  readonly source: SubscriptionSource = () => {
    this.#scanFolder();
    return this.#subscriptions;
  };

  known(): readonly KnownHandler[] {
    this.#scanFolder();
    return this.#known;
  }

  problem(): string | undefined {
    this.#scanFolder();
    return this.#problem;
  }

  async whenReady(limitMs = MAX_WAIT_MS): Promise<void> {
    this.#scanFolder();
    const late = new AbortController();
    const all = Promise.all([...this.#entries.values()].map((entry) => entry.whenReady()));
    await Promise.race([
      all,
      sleep(limitMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    this.#gather();
  }

  async close(): Promise<void> {
    await Promise.all([
      ...[...this.#entries.values()].map((entry) => entry.close()),
      ...this.#running,
    ]);
  }

  #track(run: Promise<unknown>): void {
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
  }

  #scanFolder(): void {
    const now = this.#options.clock();
    if (Math.abs(now - this.#checkedAt) >= (this.#options.lookMs ?? 100)) {
      this.#checkedAt = now;
      this.#scan(now);
    }
    if (this.#isStale) this.#gather();
  }

  #scan(now: number): void {
    const found = scanFolder(this.#folder);
    const seen = `${found.problem ?? ''}\n${found.signature}`;
    for (const entry of this.#entries.values()) entry.refresh(now);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#problem = found.problem === undefined ? undefined : `${this.#folder}: ${found.problem}`;
    if (this.#problem !== undefined) this.#report(this.#problem);
    const entries = this.#problem === undefined ? this.#read(found) : new Map();
    for (const [path, entry] of this.#entries) if (entries.get(path) !== entry) entry.retire();
    this.#entries = entries;
    this.#isStale = true;
  }

  #read({ files }: ScannedFolder): ReadonlyMap<string, FileEntry> {
    const entries = new Map<string, FileEntry>();
    for (const file of files) {
      const sidecar = sidecarOf(file, files);
      const before = this.#entries.get(file.path);
      const isSame = before?.signature === signatureOf(file, sidecar);
      entries.set(file.path, isSame ? before : new FileEntry(this.#parts, file, sidecar, before));
    }
    return entries;
  }

  #gather(): void {
    this.#isStale = false;
    this.#known = refuseNamesakes([...this.#entries.values()].flatMap((entry) => entry.handlers));
    const subscriptions = this.#known.flatMap(({ subscription }) => subscription ?? []);
    const isSame =
      subscriptions.length === this.#subscriptions.length &&
      subscriptions.every((each, index) => each === this.#subscriptions[index]);
    if (!isSame) this.#subscriptions = subscriptions;
    for (const { path, state, reason } of this.#known)
      if (state === 'refused') this.#report(`${path}: ${reason ?? ''}`);
  }

  /** Logs each reason once. */
  #report(reason: string): void {
    if (this.#reported.has(reason) || this.#reported.size > 1_000) return;
    this.#reported.add(reason);
    this.#options.log('warn', 'HANDLER_REFUSED', `Cannot use ${reason}`);
  }
}

/** Refuses the second of two handlers with the same name. */
function refuseNamesakes(handlers: readonly KnownHandler[]): readonly KnownHandler[] {
  const paths = new Map<string, string>();
  return handlers.map((handler) => {
    const { name, kind, path } = handler;
    const other = paths.get(name);
    paths.set(name, other ?? path);
    return other === undefined
      ? handler
      : { name, kind, path, state: 'refused', reason: `${other} has a handler of the same name` };
  });
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables that a program needs to run as its user and to show something on the user's screen. All
 * others are removed, above all keys.
 */
const PASSED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|LD_LIBRARY_PATH|SystemRoot|ComSpec|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/**
 * Returns the part of the worker's environment that a handler gets. Removes variables whose name or
 * value looks like a secret.
 */
function handlerEnvironment(environment: Environment, home: string): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (
      value !== undefined &&
      PASSED_ON.test(name) &&
      !hasSecretName(name) &&
      redactTokens(value) === value
    )
      passed[name] = value;
  const certificates = environment['WAYMARK_SAVED_CA_CERTS'] ?? environment['NODE_EXTRA_CA_CERTS'];
  if (certificates !== undefined && certificates !== '')
    passed['NODE_EXTRA_CA_CERTS'] = certificates;
  // A Claude that a handler starts must not create events for the handler. Compiled Python files
  // beside a handler would look like a change of the folder.
  return { ...passed, WAYMARK_HOME: home, WAYMARK_WORKER: '1', PYTHONDONTWRITEBYTECODE: '1' };
}
