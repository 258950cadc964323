import { sqliteDriver } from '../../../lib/store/driver.ts';
import { readOrder } from './order.ts';

// What a worker cannot do without: Node, the SQLite driver and one open database. Prints a line and
// sleeps.
const { path } = readOrder<{ readonly path: string }>();
const database = sqliteDriver()(path);
database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS one (a INTEGER)');
database.prepare('SELECT count(*) AS n FROM one').get();
setInterval(() => database.exec('SELECT 1'), 1e9);
process.stdout.write('{}\n');
