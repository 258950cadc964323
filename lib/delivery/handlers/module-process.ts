import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { EventEnvelope } from '../../events/envelope.ts';
import { reasonOf } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { redactTokens } from '../../secrets/redact.ts';
import type { DeliveryResult } from '../subscription.ts';
import { type CapturedOutput, captureOutput, OUTPUT_CAP } from './captured-output.ts';
import { abortReason } from './abort-reason.ts';
import { endGroup } from './end-group.ts';
import {
  type FoundHandler,
  type FromModule,
  readFromModule,
  type ToModule,
} from './runner-protocol.ts';

export interface ModuleProcessOptions {
  /** The built runner, and the file that `import … from 'waymark'` resolves to. */
  readonly runner: string;
  readonly api: string;
  /** The module. */
  readonly path: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Milliseconds for loading it; milliseconds between aborting a handler and killing the process.
   */
  readonly loadMs: number;
  readonly graceMs: number;
  /** Characters of the output in a result. */
  readonly outputHead: number;
}

/** One attempt at a delivery to a handler of a module. */
export interface ModuleOrder {
  readonly handler: string;
  readonly event: EventEnvelope;
  readonly attempt: number;
  readonly signal: AbortSignal;
  /**
   * Queues what the handler emits.
   * @returns the event's id. May throw.
   */
  readonly emit: (draft: JsonObject) => string;
}

/** The result of loading a module. */
export type Loaded =
  | { readonly handlers: readonly FoundHandler[]; readonly problem?: undefined }
  | { readonly problem: string };

interface Running {
  readonly order: ModuleOrder;
  output: string;
  finish(result: DeliveryResult): void;
}

/** How long to wait for the remaining output of a process that ended. */
const LAST_WORDS_MS = 250;

/**
 * A module in a process of its own, which isolates whatever it does. It keeps this process alive
 * only while it works.
 */
export class ModuleProcess {
  readonly loaded: Promise<Loaded>;
  readonly #child: ChildProcess;
  readonly #graceMs: number;
  readonly #outputHead: number;
  readonly #errors: CapturedOutput;
  readonly #running = new Map<number, Running>();
  readonly #deadline: NodeJS.Timeout;
  #settleLoaded: (loaded: Loaded) => void = () => undefined;
  #count = 0;
  #isGone = false;
  /** Why it ended or will end, if that is known before its end. */
  #cause: string | undefined;

  constructor({
    runner,
    api,
    path,
    cwd,
    environment,
    loadMs,
    graceMs,
    outputHead,
  }: ModuleProcessOptions) {
    this.#graceMs = graceMs;
    this.#outputHead = outputHead;
    this.loaded = new Promise((resolve) => {
      this.#settleLoaded = resolve;
    });
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
    this.#child = spawn(process.execPath, [runner, path, api], {
      cwd,
      env: environment,
      detached: true,
      stdio: [...stdio],
      windowsHide: true,
    });
    this.#errors = captureOutput(this.#child.stderr === null ? [] : [this.#child.stderr]);
    this.#deadline = setTimeout(
      () => void this.#end(`it was not loaded within ${loadMs / 1000} s`),
      loadMs,
    );
    this.#child.on('message', (value) => this.#receive(readFromModule(value)));
    this.#child.once('error', (error) => this.#leave(reasonOf(error)));
    this.#child.once('exit', (status, signal) =>
      this.#exit(signal === null ? `it ended with status ${status}` : `it was ended by ${signal}`),
    );
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Never rejects. */
  handle(order: ModuleOrder): Promise<DeliveryResult> {
    if (this.#isGone)
      return Promise.resolve({
        state: 'failed',
        reason: `The process of its module ended: ${this.#cause ?? 'it is gone'}`,
      });
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve) => {
      let patience: NodeJS.Timeout | undefined;
      const stop = (): void => {
        this.#send({ kind: 'abort', id });
        patience = setTimeout(
          () => void this.#end(`its handler ${order.handler} did not stop`),
          this.#graceMs,
        );
      };
      const finish = (result: DeliveryResult): void => {
        clearTimeout(patience);
        order.signal.removeEventListener('abort', stop);
        this.#running.delete(id);
        this.#hold(this.#running.size > 0);
        resolve(result);
      };
      this.#running.set(id, { order, output: '', finish });
      this.#hold(true);
      this.#send({
        kind: 'handle',
        id,
        handler: order.handler,
        event: order.event,
        attempt: order.attempt,
      });
      if (order.signal.aborted) stop();
      else order.signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** Ends it and what it started, at once. Running attempts fail. */
  end(): Promise<void> {
    return this.#end('it was asked to stop');
  }

  async #end(cause: string): Promise<void> {
    if (this.#isGone) return;
    this.#cause ??= cause;
    this.#hold(true);
    if (this.#child.pid !== undefined) await endGroup(this.#child.pid, 0);
  }

  #receive(message: FromModule | undefined): void {
    if (message === undefined) return;
    if (message.kind === 'broken') this.#cause ??= message.reason;
    else if (message.kind === 'loaded') {
      clearTimeout(this.#deadline);
      this.#settleLoaded({ handlers: message.handlers });
      this.#hold(this.#running.size > 0);
    } else this.#hearDelivery(message);
  }

  #hearDelivery(message: Extract<FromModule, { readonly id: number }>): void {
    const one = this.#running.get(message.id);
    if (message.kind === 'emit') this.#send(emitFor(one?.order, message.emission, message.draft));
    else if (message.kind === 'output' && one !== undefined)
      one.output = (one.output + message.text).slice(0, OUTPUT_CAP);
    else if (one !== undefined)
      one.finish(
        message.kind === 'failed'
          ? this.#failed(message.reason, one)
          : { state: 'done', ...this.#outputOf(one) },
      );
  }

  #exit(how: string): void {
    this.#child.once('close', () => this.#leave(how));
    // A process that it started still holds its output open.
    setTimeout(() => this.#leave(how), LAST_WORDS_MS).unref();
  }

  #leave(how: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#deadline);
    const last = lastLine(this.#errors.text());
    this.#cause ??= last === '' ? how : `${how}: ${last}`;
    this.#settleLoaded({ problem: this.#cause });
    for (const one of [...this.#running.values()]) {
      const { signal } = one.order;
      one.finish(
        this.#failed(
          signal.aborted ? abortReason(signal) : `The process of its module ended: ${this.#cause}`,
          one,
        ),
      );
    }
  }

  #failed(reason: string, one: Running): DeliveryResult {
    return {
      state: 'failed',
      reason: redactTokens(reason).slice(0, 1_000),
      ...this.#outputOf(one),
    };
  }

  #outputOf({ output }: Running): { readonly output?: string } {
    const head = redactTokens(output.slice(0, this.#outputHead)).trimEnd();
    return head === '' ? {} : { output: head };
  }

  /** Sends a message. If that fails, the process has exited, and `exit` reports it. */
  #send(message: ToModule): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #hold(isHeld: boolean): void {
    const { stderr, channel } = this.#child;
    for (const part of [this.#child, channel, stderr instanceof Socket ? stderr : undefined]) {
      if (isHeld) part?.ref();
      else part?.unref();
    }
  }
}

function emitFor(order: ModuleOrder | undefined, emission: number, draft: JsonObject): ToModule {
  if (order === undefined)
    return { kind: 'unemitted', emission, reason: 'Cannot emit an event: the handler has ended' };
  try {
    return { kind: 'emitted', emission, eventId: order.emit(draft) };
  } catch (error) {
    return { kind: 'unemitted', emission, reason: reasonOf(error) };
  }
}

function lastLine(text: string): string {
  return redactTokens(text.trim().split('\n').at(-1) ?? '').slice(0, 200);
}
