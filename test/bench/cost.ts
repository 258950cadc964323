import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { DAY_MS } from '../../lib/core/clock.ts';
import { readCost } from '../../lib/query/cost.ts';
import { COST_BY, type CostBy } from '../../lib/query/cost-query.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { inTransaction } from '../../lib/store/transaction.ts';
import { seededRandom } from '../support/seeded-random.ts';

/**
 * What `waymark cost` takes over two years of made-up answers, in processor time of the query:
 * `npx tsx test/bench/cost.ts [SESSIONS] [ANSWERS] [ROUNDS]`. Kinds take turns, so that whatever
 * else the machine does falls on all of them alike.
 */
const SESSIONS = Number(process.argv[2] ?? 10_000);
const ANSWERS = Number(process.argv[3] ?? 300_000);
const ROUNDS = Number(process.argv[4] ?? 9);

const DAYS = 730;
const PROJECTS = 40;
const MODELS = ['claude-opus-4-8', 'claude-sonnet-4-5-20250929', 'claude-haiku-5-5'];

const ANSWER = `INSERT INTO usage (message_id, request_id, claimed_since, session_id, agent_id, at,
  model, tier, speed, geo, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'standard', ?, ?, ?, ?, ?, ?, ?, ?)`;

function fill(database: Database, now: number): void {
  const random = seededRandom(5);
  const below = (most: number): number => Math.floor(random() * most);
  const session = database.prepare(
    'INSERT INTO sessions (id, project, started_at, last_event_at) VALUES (?, ?, ?, ?)',
  );
  const answer = database.prepare(ANSWER);
  const agent = database.prepare(
    'INSERT INTO agents (session_id, agent_id, type) VALUES (?, ?, ?)',
  );
  for (let nth = 0; nth < SESSIONS; nth += 1) {
    const id = `${below(2 ** 32)
      .toString(16)
      .padStart(8, '0')}-0000-4000-8000-${nth}`;
    const begin = now - below(DAYS * DAY_MS);
    session.run(id, `/home/dev/project-${below(PROJECTS)}`, begin, begin);
    agent.run(id, 'a1', 'Explore');
    const count =
      Math.floor(((nth + 1) * ANSWERS) / SESSIONS) - Math.floor((nth * ANSWERS) / SESSIONS);
    const model = MODELS[below(10) < 7 ? 0 : below(MODELS.length)] ?? null;
    const [isFast, isUs] = [random() < 0.02, random() < 0.05];
    for (let at = begin, left = count; left > 0; left -= 1, at += below(180_000)) {
      const byAgent = random() < 0.2;
      const key = `${below(2 ** 32).toString(36)}${below(2 ** 32).toString(36)}`;
      answer.run(
        ...[`msg_${key}`, `req_${key}`, begin, id, byAgent ? 'a1' : null, Math.min(at, now)],
        ...[
          byAgent ? (MODELS[2] ?? null) : model,
          isFast ? 'fast' : 'standard',
          isUs ? 'us' : null,
        ],
        ...[below(50), below(2_000), below(180_000), below(4_000), below(1_000)],
        random() < 0.01 ? 1 : 0,
      );
    }
  }
}

interface Asked {
  readonly by: CostBy;
  readonly since?: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(`${tmpdir()}/waymark-cost-`);
  const database = openStore(`${folder}/store.db`, sqliteDriver(), 'NORMAL');
  try {
    const now = Date.now();
    inTransaction(database, () => fill(database, now));
    console.log(
      `${SESSIONS} sessions, ${ANSWERS} answers, ${database.driver}; CPU ms of ${ROUNDS}`,
    );
    const asked = COST_BY.flatMap((by): Asked[] => [{ by, since: now - 30 * DAY_MS }, { by }]);
    const times = new Map<Asked, number[]>(asked.map((one) => [one, []]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [one, known] of times) known.push(await cpuOf(database, one));
    for (const [{ by, since }, known] of times) {
      const sorted = known.toSorted((one, other) => one - other).map(Math.round);
      const what = `${by}, ${since === undefined ? 'all' : '30 days'}`;
      console.log(
        `${what.padEnd(18)} ${sorted[0]} to ${sorted.at(-1)}, median ${sorted[sorted.length >> 1]}`,
      );
    }
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

/** A process asks once: what the driver has prepared is of no help to the next question. */
async function cpuOf(database: Database, asked: Asked): Promise<number> {
  const begun = process.cpuUsage();
  const { total } = await readCost(database, { ...asked, limit: 50, prices: [] });
  const { user, system } = process.cpuUsage(begun);
  if (asked.since === undefined && total.answers !== ANSWERS) throw new Error(`${total.answers}`);
  return (user + system) / 1_000;
}

await main();
