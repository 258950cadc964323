import type { PostgresSession } from '../../lib/store/postgres/session.ts';

/** Lets these roles in with a password alone; all others as before. */
export async function askPasswords(
  owner: PostgresSession,
  roles: readonly string[],
): Promise<void> {
  const lines = [
    ...roles.map((role) => `host all ${role} 127.0.0.1/32 scram-sha-256`),
    'host all all 127.0.0.1/32 trust',
  ];
  const list = lines.map((line) => `('${line}')`).join(', ');
  await owner.script(
    `DO $$ BEGIN EXECUTE format('COPY (VALUES ${list.replaceAll("'", "''")}) TO %L', current_setting('hba_file')); END $$`,
  );
  await owner.script('SELECT pg_reload_conf()');
}
