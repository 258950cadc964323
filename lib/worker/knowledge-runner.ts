import { setTimeout } from 'node:timers/promises';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { requestTeamViews } from '../features/failure/learn-from-team.ts';
import { shareRules } from '../fleet/field-groups.ts';
import { KnowledgePull } from '../fleet/knowledge-pull.ts';
import { type KnowledgeSource, postgresKnowledge } from '../fleet/knowledge-source.ts';
import { type Membership, passwordOf } from '../fleet/membership.ts';
import { connectRedis, type RedisSession } from '../fleet/redis/connect-redis.ts';
import { redisKnowledge } from '../fleet/redis/redis-knowledge.ts';
import { isRedisUrl, redisPlace } from '../fleet/redis/redis-place.ts';
import { feedState, isTracking, setFeedState } from '../store/changed-rows.ts';
import type { Database } from '../store/database.ts';
import { connectPostgres } from '../store/postgres/connect.ts';
import { inTransaction } from '../store/transaction.ts';
import type { LiveConfig } from './live-config.ts';
import { MembershipFollower } from './membership-follower.ts';

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
  readonly #pull: MembershipFollower<KnowledgePull>;
  #folders: string | undefined;

  constructor(parts: KnowledgeRunnerParts) {
    this.#parts = parts;
    const { folder, log } = parts;
    this.#pull = new MembershipFollower({
      root: folder.root,
      open: (membership) => this.#open(membership),
      onFailure: (reason) => log('warn', 'KNOWLEDGE_DOWN', `Cannot learn from the team: ${reason}`),
    });
  }

  /** @returns after how many milliseconds it wants to be asked again. */
  async step(): Promise<number | undefined> {
    const { once } = this.#parts;
    const pull = await this.#pull.current();
    if (pull === undefined) return undefined;
    this.#noteFolders();
    if (once) await pull.drain();
    return once ? undefined : pull.poke();
  }

  close(): void {
    this.#pull.close();
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

  #open(membership: Membership): KnowledgePull {
    const { config, clock, log, random, wake, database } = this.#parts;
    return new KnowledgePull({
      ...{ clock, log, random, wake, database },
      open: (heard) => this.#connect(membership, heard),
      isWanted: () => teamFolders(config.values.fleetShare).length > 0,
      pause: async (ms) => void (await setTimeout(ms, undefined, { ref: false })),
    });
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
