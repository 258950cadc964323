import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { productVersion } from '../core/package-folder.ts';
import { forgetTeam } from '../features/failure/learn-from-team.ts';
import {
  type Membership,
  passwordOf,
  readMembership,
  removeMembership,
  writeMembership,
} from '../fleet/membership.ts';
import { askToDelete } from '../fleet/redis/redis-leave.ts';
import { isRedisUrl, redisPlace } from '../fleet/redis/redis-place.ts';
import { teamTablesOfProgram } from '../fleet/shared-tables.ts';
import { stopTracking } from '../store/changed-rows.ts';
import { sqliteDriver } from '../store/driver.ts';
import { removeHost } from '../store/postgres/hosts.ts';
import { inTransaction } from '../store/transaction.ts';
import type { ActionContext } from './action-context.ts';
import { fleetError } from './at-database.ts';
import { wakeWorker } from './background-worker.ts';
import { atTeam, inStore } from './fleet.ts';

export interface LeaveOrder {
  /** Whether what was sent is deleted, too. */
  readonly isDeleting: boolean;
  /** How often a worker's answer is looked for, four times a second; left out: half a minute. */
  readonly looks?: number;
}

export interface Left {
  readonly target: string;
  /** Whether what was sent is deleted. `asked`: a worker of the team has not done it yet. */
  readonly deleted: 'yes' | 'no' | 'asked';
}

const LOOKS = 120;

/**
 * Ends sending. What the team has stays there, unless it is to be deleted, too.
 * @returns `undefined` when the machine belongs to no team.
 * @throws {@link WaymarkError} FLEET_UNREACHABLE when rows are to be deleted; then nothing changes.
 */
export async function leaveFleet(
  context: ActionContext,
  { isDeleting, looks = LOOKS }: LeaveOrder,
): Promise<Left | undefined> {
  const { folder } = context;
  const membership = readMembership(folder.root);
  if (membership === undefined) return undefined;
  const { target } = membership;
  if (isDeleting && isRedisUrl(target)) {
    const isDone = await askWorkers(context, membership, looks);
    forget(context);
    if (isDone) removeMembership(folder.root);
    return { target, deleted: isDone ? 'yes' : 'asked' };
  }
  removeMembership(folder.root); // first: the worker must not send again what is deleted
  if (isDeleting) await deleteSent(context, membership);
  forget(context);
  return { target, deleted: isDeleting ? 'yes' : 'no' };
}

/**
 * Nothing is sent from the first wish on. It is kept until a worker has answered: Redis may lose
 * it. @throws {@link WaymarkError} FLEET_UNREACHABLE; the machine is what it was before then.
 */
async function askWorkers(
  context: ActionContext,
  membership: Membership,
  looks: number,
): Promise<boolean> {
  const { folder, environment, clock } = context;
  const { host, name, person, target } = membership;
  const round = membership.leaving ?? randomBytes(6).toString('base64url');
  writeMembership(folder.root, { ...membership, leaving: round });
  let isAsked = false;
  try {
    return await askToDelete({
      host: { host, name, person, version: productVersion(), feed: 'leaving' },
      place: redisPlace(target),
      password: passwordOf(membership, environment),
      ...{ round, clock, looks },
      pause: async (ms) => void (await setTimeout(ms)),
      onAsked: () => {
        isAsked = true;
      },
    });
  } catch (error) {
    if (!isAsked) writeMembership(folder.root, membership);
    throw fleetError(error, target);
  }
}

function forget(context: ActionContext): void {
  inStore(context, (store) => {
    inTransaction(store, () => forgetTeam(store));
    stopTracking(store);
  });
  wakeWorker(context);
}

/** @throws {@link WaymarkError} FLEET_UNREACHABLE; the machine is a member again then. */
async function deleteSent(
  { folder, environment }: ActionContext,
  membership: Membership,
): Promise<void> {
  try {
    await atTeam(membership, environment, (session) =>
      removeHost(session, membership.host, teamTablesOfProgram(sqliteDriver()).shared),
    );
  } catch (error) {
    writeMembership(folder.root, membership);
    throw error;
  }
}
