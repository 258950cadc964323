import { PGlite } from '@electric-sql/pglite';
import { plain } from '../../lib/store/postgres/connect.ts';
import { postgresFault } from '../../lib/store/postgres/postgres-fault.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { postgresPrograms } from './postgres-server.ts';

/**
 * Databases of a team to test on. PGlite stands in where no server is installed; beside a server it
 * costs seconds and hundreds of megabytes, so only `npm run test:properties` tries both.
 */
export const TEAM_DATABASES: readonly ('PGlite' | 'PostgreSQL')[] =
  postgresPrograms() === undefined
    ? ['PGlite']
    : process.env['WAYMARK_NEW_CASES'] === undefined
      ? ['PostgreSQL']
      : ['PGlite', 'PostgreSQL'];

/** PostgreSQL in this process, in memory. */
export async function pgliteSession(): Promise<PostgresSession> {
  const database = await PGlite.create();
  return {
    query: async (text, values = []) => {
      try {
        const { rows, fields } = await database.query<Record<string, unknown>>(text, [...values]);
        const types = new Map(fields.map(({ name, dataTypeID }) => [name, dataTypeID]));
        return rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, plain(value, types.get(name) ?? 0)]),
          ),
        );
      } catch (error) {
        throw postgresFault(error);
      }
    },
    script: async (text) => {
      try {
        await database.exec(text);
      } catch (error) {
        throw postgresFault(error);
      }
    },
    listen: async (channel, heard) => void (await database.listen(channel, heard)),
    close: () => database.close(),
  };
}
