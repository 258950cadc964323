import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { runWorker } from '../../../lib/worker/run-worker.ts';
import { dieAroundHandler } from './die-around-handler.ts';
import { dieAtCommit } from './die-at-commit.ts';
import { type WorkerOrder, readOrder } from './order.ts';
import { poisonParse } from './poison-parse.ts';

// A worker as users run it, but for the ways to die that the order names.
const order = readOrder<WorkerOrder>();
if (order.poison !== undefined) poisonParse(order.poison);
if (order.diesAroundHandler !== undefined) dieAroundHandler(order.diesAroundHandler);

await runWorker({
  folder: stateFolderAt(order.home, {}, [order.home]),
  environment: process.env,
  flags: order.flags ?? {},
  once: order.once ?? false,
  shared: order.shared ?? false,
  background: order.background ?? false,
  json: true,
  terminal: process.stderr,
  onCommitted: dieAtCommit(order),
});
