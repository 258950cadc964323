import { setTimeout } from 'node:timers/promises';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { requestTeamViews } from '../features/failure/learn-from-team.ts';
import { shareRules } from '../fleet/field-groups.ts';
import { KnowledgePull } from '../fleet/knowledge-pull.ts';
import { type KnowledgeSource, postgresKnowledge } from '../fleet/knowledge-source.ts';
import {
  type Membership,
  membershipChangedAt,
  passwordOf,
  readMembership,
} from '../fleet/membership.ts';
import { connectRedis, type RedisSession } from '../fleet/redis/connect-redis.ts';
import { redisKnowledge } from '../fleet/redis/redis-knowledge.ts';
import { isRedisUrl, redisPlace } from '../fleet/redis/redis-place.ts';
import { feedState, isTracking, setFeedState } from '../store/changed-rows.ts';
import type { Database } from '../store/database.ts';
import { connectPostgres } from '../store/postgres/connect.ts';
import { inTransaction } from '../store/transaction.ts';
import type { LiveConfig } from './live-config.ts';

export interface KnowledgeRunnerParts {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly random: () => number;
  readonly wake: () => void;
  /** Whether a turn waits until everything is learned. */
  readonly once: boolean;
  /** The store while this worker leads. */
  readonly database: () => Database | undefined;
}

/** The folders in which the team's knowledge holds: those whose commands are shared. */
export function teamFolders(shares: readonly string[]): readonly string[] {
  return shareRules(shares).flatMap(({ folder, groups }) =>
    groups.has('commands') ? [folder] : [],
  );
}

const FOLDERS = 'knowledge_folders';

/** Learns from the team, as long as this machine belongs to one. */
export class KnowledgeRunner {
  readonly #parts: KnowledgeRunnerParts;
  #readAt = 0;
  #pull: KnowledgePull | undefined;
  #folders: string | undefined;

  constructor(parts: KnowledgeRunnerParts) {
    this.#parts = parts;
  }

  /** @returns after how many milliseconds it wants to be asked again. */
  async step(): Promise<number | undefined> {
    const { folder, once } = this.#parts;
    const changedAt = membershipChangedAt(folder.root);
    if (changedAt !== this.#readAt) {
      this.#readAt = changedAt;
      await this.#pull?.close();
      this.#pull = this.#open();
    }
    if (this.#pull === undefined) return undefined;
    this.#noteFolders();
    if (once) await this.#pull.drain();
    return once ? undefined : this.#pull.poke();
  }

  close(): void {
    void this.#pull?.close();
  }

  /** Views name the folders in which they hold. */
  #noteFolders(): void {
    const { config, database: open } = this.#parts;
    const folders = JSON.stringify(teamFolders(config.values.fleetShare));
    const database = open();
    if (folders === this.#folders || database === undefined || !isTracking(database)) return;
    this.#folders = folders;
    if (feedState(database)[FOLDERS] === folders) return;
    inTransaction(database, () => {
      requestTeamViews(database);
      setFeedState(database, { [FOLDERS]: folders });
    });
  }

  #open(): KnowledgePull | undefined {
    const { folder, config, clock, log, random, wake, database } = this.#parts;
    try {
      const membership = readMembership(folder.root);
      if (membership === undefined || membership.leaving !== undefined) return undefined;
      return new KnowledgePull({
        ...{ clock, log, random, wake, database },
        open: (heard) => this.#connect(membership, heard),
        isWanted: () => teamFolders(config.values.fleetShare).length > 0,
        pause: async (ms) => void (await setTimeout(ms, undefined, { ref: false })),
      });
    } catch (error) {
      log('warn', 'KNOWLEDGE_DOWN', `Cannot learn from the team: ${reasonOf(error)}`);
      return undefined;
    }
  }

  async #connect(membership: Membership, heard: () => void): Promise<KnowledgeSource> {
    const { clock, environment } = this.#parts;
    const { host, target: url } = membership;
    const password = passwordOf(membership, environment);
    if (isRedisUrl(url)) {
      const place = redisPlace(url);
      const open = (): Promise<RedisSession> => connectRedis({ place, password });
      return await redisKnowledge({ place, host, clock, open }, heard);
    }
    const session = await connectPostgres({ url, password, name: 'waymark knowledge' });
    return await postgresKnowledge(session, host, clock, heard);
  }
}
