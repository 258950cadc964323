import type { AppliedUpTo, FleetHost } from '../store/postgres/hosts.ts';
import { applyBatch, registerHost } from '../store/postgres/hosts.ts';
import { connectPostgres } from '../store/postgres/connect.ts';
import { requirePostgresVersion } from '../store/postgres/migrate-postgres.ts';
import type { PostgresSession } from '../store/postgres/session.ts';
import { requireTeam } from '../store/postgres/team-member.ts';
import type { SharedTable } from '../store/postgres/table-shape.ts';
import type { FleetBatch } from './read-batch.ts';
import { shapesOf } from './shared-tables.ts';

/** What the team has of a store. */
export interface Receipt {
  /** Up to where it is there to stay. */
  readonly upTo: AppliedUpTo;
  /** Whether what was sent behind that is lost, so that it is to be sent again. */
  readonly isLost: boolean;
}

/** Where batches go. It takes them in their order, and each at least once. */
export interface FleetOutlet {
  /** Up to where the batches of this store have arrived, asked when the connection was made. */
  readonly arrived: AppliedUpTo;
  /** Whether `arrived` comes from PostgreSQL. A receipt in Redis may be old, or missing. */
  readonly isExact: boolean;
  /** How many batches may be sent before the next receipt is asked for. */
  readonly maxAhead: number;
  /** Sends a batch. @throws when it may not be there: then it is sent again. */
  send(batch: FleetBatch, now: number): Promise<void>;
  /** Waits for what is under way. @throws when something of it may not be there. */
  receipt(): Promise<Receipt>;
  close(): Promise<void>;
}

export interface OutletParts {
  readonly host: FleetHost;
  readonly url: string;
  readonly password?: string | undefined;
  readonly tables: readonly SharedTable[];
}

/**
 * Opens the way straight into PostgreSQL.
 * @throws {@link PostgresFault}, {@link WaymarkError} when its schema is not that of this program.
 */
export async function openPostgresOutlet({
  host,
  url,
  password,
  tables,
}: OutletParts): Promise<FleetOutlet> {
  const session = await connectPostgres({ url, password, name: 'waymark feed' });
  try {
    return await outletOf(session, host, tables);
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** The same on a session that is open. */
export async function outletOf(
  session: PostgresSession,
  host: FleetHost,
  tables: readonly SharedTable[],
): Promise<FleetOutlet> {
  await requirePostgresVersion(session);
  await requireTeam(session);
  const arrived = await registerHost(session, host);
  const place = {
    host: host.host,
    tables,
    shapes: shapesOf(tables),
    months: new Set<string>(),
  };
  let upTo = arrived;
  return {
    arrived,
    isExact: true,
    maxAhead: 1,
    send: async (batch, now) => {
      await applyBatch(session, { ...place, now }, batch);
      upTo = { change: batch.upTo, event: batch.eventsUpTo };
    },
    receipt: async () => ({ upTo, isLost: false }),
    close: () => session.close(),
  };
}
