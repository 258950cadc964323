import { setTimeout } from 'node:timers/promises';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { MetricsServer } from '../metrics/metrics-server.ts';
import { readFigureSettings } from '../query/figures.ts';
import type { LiveConfig } from './live-config.ts';

export interface MetricsEndpointParts {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly log: Log;
  readonly isLeader: () => boolean;
}

/**
 * Serves `/metrics` while `metricsPort` is set and this worker leads. While it is not set, nothing
 * is loaded.
 */
export class MetricsEndpoint {
  readonly #parts: MetricsEndpointParts;
  #server: MetricsServer | undefined;
  /** The port that was asked for. */
  #port = 0;
  #problem = '';

  constructor(parts: MetricsEndpointParts) {
    this.#parts = parts;
  }

  /** Opens, moves or closes the server, as the setting and the lead want it. Never throws. */
  async follow(): Promise<void> {
    const { config, isLeader, log } = this.#parts;
    const wanted = isLeader() ? config.values.metricsPort : 0;
    if (wanted === this.#port && (wanted === 0 || this.#server !== undefined)) return;
    this.close();
    if (wanted === 0) return;
    this.#port = wanted;
    try {
      this.#server = await this.#open(wanted);
      this.#problem = '';
      const url = `http://127.0.0.1:${this.#server.port}/metrics`;
      log('info', 'METRICS_SERVED', `Serving metrics at ${url}`);
    } catch (error) {
      const problem = `Cannot serve metrics on port ${wanted}: ${reasonOf(error)}`;
      if (problem !== this.#problem) log('warn', 'METRICS_UNSERVED', problem);
      this.#problem = problem; // said once; tried again each minute
    }
  }

  close(): void {
    this.#server?.close();
    this.#server = undefined;
    this.#port = 0;
  }

  async #open(port: number): Promise<MetricsServer> {
    const { folder, clock, environment } = this.#parts;
    const { keepReadersOpen } = await import('../query/kept-readers.ts');
    const { createMetricsReader } = await import('../metrics/read-metrics.ts');
    const { ensureMetricsToken } = await import('../metrics/metrics-token.ts');
    const { openMetricsServer } = await import('../metrics/metrics-server.ts');
    const read = createMetricsReader({
      folder,
      clock,
      sleep: async (ms) => void (await setTimeout(ms, undefined, { ref: false })),
      settings: () => readFigureSettings({ environment, userFile: folder.configFile }),
    });
    const server = await openMetricsServer({ port, token: ensureMetricsToken(folder), read });
    const closeReaders = keepReadersOpen(folder);
    const close = (): void => {
      server.close();
      closeReaders();
    };
    return { ...server, close };
  }
}
