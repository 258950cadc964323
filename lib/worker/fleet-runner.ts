import { setTimeout } from 'node:timers/promises';
import { lazy } from '../core/lazy.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { FleetFeed } from '../fleet/feed.ts';
import { shareRules } from '../fleet/field-groups.ts';
import { type Membership, passwordOf } from '../fleet/membership.ts';
import { type FleetOutlet, openPostgresOutlet } from '../fleet/outlet.ts';
import { openRedisOutlet } from '../fleet/redis/redis-outlet.ts';
import { isRedisUrl, redisPlace } from '../fleet/redis/redis-place.ts';
import { teamTablesOfProgram } from '../fleet/shared-tables.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import type { AppliedUpTo } from '../store/postgres/hosts.ts';
import type { LiveConfig } from './live-config.ts';
import { MembershipFollower } from './membership-follower.ts';

export interface FleetRunnerParts {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly open: OpenDatabase;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Whether a turn waits until all is sent. */
  readonly once: boolean;
  /** The store while this worker leads. */
  readonly database: () => Database | undefined;
}

/** Feeds the team from this machine, as long as it belongs to one. */
export class FleetRunner {
  readonly #parts: FleetRunnerParts;
  readonly #tables = lazy(() => teamTablesOfProgram(this.#parts.open).shared);
  readonly #feed: MembershipFollower<FleetFeed>;

  constructor(parts: FleetRunnerParts) {
    this.#parts = parts;
    const { folder, log } = parts;
    this.#feed = new MembershipFollower({
      root: folder.root,
      open: (membership) => this.#open(membership),
      onFailure: (reason) => log('warn', 'FLEET_DOWN', `Cannot send to the team: ${reason}`),
    });
  }

  /**
   * Looks whether the machine has joined or left, and begins to send. @returns after how many
   * milliseconds it wants to be asked again.
   */
  async step(): Promise<number | undefined> {
    const { once } = this.#parts;
    const feed = await this.#feed.current();
    if (once) await feed?.drain();
    return once ? undefined : feed?.poke();
  }

  /** Ends it at once; what is not sent stays noted. */
  close(): void {
    this.#feed.close();
  }

  #open(membership: Membership): FleetFeed {
    const { log, config, clock, database } = this.#parts;
    return new FleetFeed({
      ...{ clock, log, database },
      pause: async (ms) => void (await setTimeout(ms)),
      tables: this.#tables,
      rules: () => shareRules(config.values.fleetShare),
      salt: membership.salt,
      open: (feed, start) => this.#connect(membership, feed, start),
    });
  }

  async #connect(membership: Membership, feed: string, start: AppliedUpTo): Promise<FleetOutlet> {
    const { environment, version } = this.#parts;
    const { name, person, target } = membership;
    const password = passwordOf(membership, environment);
    const host = { host: membership.host, name, person, version, feed };
    if (isRedisUrl(target))
      return openRedisOutlet({ host, place: redisPlace(target), password, start });
    return openPostgresOutlet({ host, url: target, password, tables: this.#tables() });
  }
}
