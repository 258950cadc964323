import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../lib/store/database.ts';
import { libsql, libsqlPackage } from '../../lib/store/libsql.ts';
import { libsqlBinary } from '../../lib/store/libsql-binary.ts';
import { nodeSqlite } from '../../lib/store/node-sqlite.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { sinkContract, sqliteSink } from './sink-contract.ts';
import { storeContract } from './store-contract.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasOwnSqlite = major > 22 || (major === 22 && minor >= 13);
/** `undefined` where this way is not open on this machine. */
function opening(way: ReturnType<typeof libsqlPackage>): OpenDatabase | undefined {
  return way === undefined ? undefined : libsql(way);
}

const drivers: Readonly<Record<string, OpenDatabase | undefined>> = {
  'node:sqlite': nodeSqlite(),
  'libsql by its binary': opening(libsqlBinary()),
  'libsql by its package': opening(libsqlPackage()),
};

describe(`SQLite drivers on Node ${process.versions.node}`, () => {
  it('finds the driver of Node itself exactly where Node has one', () => {
    expect(nodeSqlite() !== undefined).toBe(hasOwnSqlite);
  });

  it('prefers the driver of Node itself', () => {
    const database = sqliteDriver()(`${tempFolder()}/test.db`);
    expect(database.driver).toBe(hasOwnSqlite ? 'node:sqlite' : 'libsql');
    database.close();
  });
});

for (const [driver, open] of Object.entries(drivers)) {
  if (open === undefined) continue;
  storeContract(`${driver}, Node ${process.versions.node}`, open);
  sinkContract(`${driver}, Node ${process.versions.node}`, sqliteSink(open));
}
