import { WaymarkError } from '../core/errors.ts';
import { isoTime } from '../core/clock.ts';
import { productVersion } from '../core/package-folder.ts';
import { realPathOr } from '../core/state-folder.ts';
import { newFeed } from '../fleet/feed-position.ts';
import {
  FIELD_GROUPS,
  type FieldGroup,
  shareEntry,
  type ShareRule,
  shareRules,
} from '../fleet/field-groups.ts';
import {
  type Membership,
  newMachine,
  PASSWORD_VARIABLE,
  passwordOf,
  readMembership,
  readPassword,
  splitTarget,
  writeMembership,
} from '../fleet/membership.ts';
import { type FleetOutlet, outletOf } from '../fleet/outlet.ts';
import { openRedisOutlet } from '../fleet/redis/redis-outlet.ts';
import { isRedisUrl, redisPlace } from '../fleet/redis/redis-place.ts';
import { teamTablesOfProgram, trackedTables } from '../fleet/shared-tables.ts';
import {
  isTracking,
  lastEvent,
  noteAllRows,
  setFeedState,
  startTracking,
} from '../store/changed-rows.ts';
import type { Database } from '../store/database.ts';
import { sqliteDriver } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';
import { connectPostgres } from '../store/postgres/connect.ts';
import {
  migratePostgres,
  postgresVersion,
  type TeamTables,
} from '../store/postgres/migrate-postgres.ts';
import type { PostgresSession } from '../store/postgres/session.ts';
import { ForeignMachine } from '../store/postgres/team-member.ts';
import type { ActionContext } from './action-context.ts';
import { copiedHost } from './copy-store.ts';
import { atDatabase, type DatabaseOrder, fleetError } from './at-database.ts';
import { wakeWorker } from './background-worker.ts';
import { editConfig } from './edit-config.ts';

/** Where a team is, and how this machine is known there. */
export interface JoinOrder {
  /** As the user gave it; never with a password from the command line. */
  readonly target: string;
  /** An absolute path. */
  readonly passwordFile?: string;
  /** Instead of the name of the system. */
  readonly name?: string;
  readonly person?: string;
}

export interface Joined {
  /** Without a password. */
  readonly target: string;
  readonly host: string;
  readonly name: string;
  /** Whose machine it is; `null`: not known. */
  readonly person: string | null;
  /** Whether the tables of the team were made now. */
  readonly isNew: boolean;
}

/**
 * Lets this machine send to a team from now on; nothing goes before something is shared. Called
 * again with the same address, it takes new credentials over.
 * @throws {@link WaymarkError} USAGE, FLEET_UNREACHABLE, FLEET_NOT_READY; nothing is changed then.
 */
export async function joinFleet(context: ActionContext, order: JoinOrder): Promise<Joined> {
  const { folder, environment, clock } = context;
  const { url, password: given } = splitTarget(order.target);
  const known = readMembership(folder.root);
  if (known !== undefined && known.target !== url)
    throw new WaymarkError('USAGE', `Cannot join ${url}: this machine sends to ${known.target}`, {
      remedy: 'Run `waymark fleet leave` first.',
    });
  if (known?.leaving !== undefined)
    throw new WaymarkError('USAGE', `Cannot join ${url}: this machine is leaving it`, {
      remedy:
        'Run `waymark fleet leave --delete` again, or `waymark fleet leave` to wait no longer.',
    });
  const tables = teamTablesOfProgram(sqliteDriver());
  const joinAs = async (host: string | undefined) => {
    const membership = membershipOf(order, { url, given, known, host, environment, now: clock() });
    const isNew = isRedisUrl(url)
      ? await atRedis(membership, environment, async () => false)
      : await atPostgres(membership, environment, tables);
    return { membership, isNew };
  };
  const copied = copiedHost(folder, url);
  const { membership, isNew } = await joinAs(copied).catch((error: unknown) => {
    const isNewHere = known === undefined && copied !== undefined;
    if (!isNewHere || !(error instanceof ForeignMachine)) throw error;
    return joinAs(undefined); // what was copied belongs to another team
  });
  writeMembership(folder.root, membership);
  inStore(context, (store) => {
    if (isTracking(store)) return;
    startTracking(store, trackedTables(tables.shared));
    setFeedState(store, { feed: newFeed(), events: lastEvent(store) });
  });
  wakeWorker(context);
  const { host: id, name, person } = membership;
  return { target: url, host: id, name, person, isNew };
}

/** @returns whether the tables of the team were missing; they are there then. */
function atPostgres(
  membership: Membership,
  environment: ActionContext['environment'],
  tables: TeamTables,
): Promise<boolean> {
  return atTeam(membership, environment, async (session) => {
    const isMissing = (await postgresVersion(session)) === 0;
    if (isMissing) await migratePostgres(session, tables, productVersion());
    const { host, name, person } = membership;
    const known = { host, name, person, version: productVersion(), feed: 'joining' };
    await outletOf(session, known, tables.shared);
    return isMissing;
  });
}

interface Given {
  readonly url: string;
  readonly given: string | undefined;
  readonly known: Membership | undefined;
  /** Under which rows of this machine are there already. */
  readonly host: string | undefined;
  readonly environment: ActionContext['environment'];
  readonly now: number;
}

/** A password from the environment is kept: the worker is started with another one. */
function membershipOf(
  order: JoinOrder,
  { url, given, known, host, environment, now }: Given,
): Membership {
  const { passwordFile } = order;
  const machine = known ?? newMachine();
  const password = given ?? environment[PASSWORD_VARIABLE] ?? known?.password;
  if (passwordFile !== undefined) readPassword(passwordFile);
  return {
    target: url,
    host: known?.host ?? host ?? machine.host,
    salt: machine.salt,
    name: order.name ?? machine.name,
    person: order.person ?? machine.person,
    joinedAt: known?.joinedAt ?? isoTime(now),
    ...(passwordFile === undefined
      ? password === undefined
        ? {}
        : { password }
      : { passwordFile }),
  };
}

/**
 * Makes the tables of a team, as a role that may. @returns whether they were missing.
 * @throws {@link WaymarkError} USAGE, FLEET_UNREACHABLE, STORE_TOO_NEW.
 */
export async function setUpFleet(
  { environment }: ActionContext,
  order: DatabaseOrder,
): Promise<{ readonly target: string; readonly isNew: boolean }> {
  // an index over millions of rows takes minutes
  return await atDatabase({ ...order, statementMs: 0 }, environment, async (session, url) => {
    const tables = teamTablesOfProgram(sqliteDriver());
    const before = await migratePostgres(session, tables, productVersion());
    return { target: url, isNew: before === 0 };
  });
}

/** What is shared from now on, or no more. */
export interface ShareOrder {
  /** A folder, or `*`. */
  readonly folder: string;
  /** Empty: nothing any more. */
  readonly groups: readonly FieldGroup[];
  /** Whether what is in the store already is sent, too. */
  readonly withHistory: boolean;
}

/**
 * Sets what the team gets of sessions in a folder. What it has got stays there.
 * @returns the rules that hold then.
 * @throws {@link WaymarkError} CONFIG_INVALID.
 */
export async function shareWithFleet(
  context: ActionContext,
  { folder: given, groups, withHistory }: ShareOrder,
): Promise<readonly ShareRule[]> {
  const file = context.folder.configFile;
  const folder = given === '*' ? given : realPathOr(given);
  const all = new Set<FieldGroup>(['figures', ...groups]);
  let rules: readonly ShareRule[] = [];
  await editConfig(file, 'fleetShare', ({ fleetShare }) => {
    const others = shareRules(fleetShare).filter((rule) => rule.folder !== folder);
    rules = groups.length === 0 ? others : [...others, { folder, groups: all }];
    return rules.length === 0 ? undefined : JSON.stringify(rules.map(shareEntry));
  });
  if (withHistory && groups.length > 0)
    inStore(context, (store) => {
      if (!isTracking(store)) return;
      noteAllRows(store, trackedTables(teamTablesOfProgram(sqliteDriver()).shared));
      setFeedState(store, { events: 0, feed: newFeed() });
    });
  if (readMembership(context.folder.root) !== undefined) wakeWorker(context);
  return rules;
}

/** The groups in a list such as `figures,commands`. @throws {@link WaymarkError} USAGE */
export function fieldGroups(text: string): readonly FieldGroup[] {
  const names = text.split(/[,+\s]+/).filter((name) => name !== '');
  const unknown = names.find((name) => !FIELD_GROUPS.some((group) => group === name));
  if (unknown !== undefined || names.length === 0)
    throw new WaymarkError(
      'USAGE',
      `Cannot share ${unknown ?? 'nothing'}: expected some of ${FIELD_GROUPS.join(', ')}`,
    );
  return FIELD_GROUPS.filter((group) => names.includes(group));
}

type Place = Pick<Membership, 'target' | 'password' | 'passwordFile'>;

/** Runs `action` on the PostgreSQL of a team. @throws {@link WaymarkError} FLEET_UNREACHABLE. */
export async function atTeam<T>(
  place: Place,
  environment: ActionContext['environment'],
  action: (session: PostgresSession) => Promise<T>,
): Promise<T> {
  const password = passwordOf(place, environment);
  try {
    const session = await connectPostgres({ url: place.target, password, name: 'waymark' });
    try {
      return await action(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    throw fleetError(error, place.target);
  }
}

async function atRedis<T>(
  membership: Membership,
  environment: ActionContext['environment'],
  action: (outlet: FleetOutlet) => Promise<T>,
): Promise<T> {
  const { host, name, person, target } = membership;
  try {
    const outlet = await openRedisOutlet({
      host: { host, name, person, version: productVersion(), feed: 'joining' },
      place: redisPlace(target),
      password: passwordOf(membership, environment),
      start: { change: 0, event: 0 },
    });
    try {
      return await action(outlet);
    } finally {
      await outlet.close();
    }
  } catch (error) {
    throw fleetError(error, target);
  }
}

/** Runs `action` on the store of this machine. */
export function inStore({ folder }: ActionContext, action: (store: Database) => void): void {
  const store = openStore(folder.store, sqliteDriver());
  try {
    action(store);
  } finally {
    store.close();
  }
}
