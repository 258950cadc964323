import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseJsonObject, stringField } from '../../../lib/core/json.ts';
import type { ClientOutcome } from '../../support/claude-client/run-client.ts';
import { teamTablesOfProgram } from '../../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { migratePostgres } from '../../../lib/store/postgres/migrate-postgres.ts';
import { postgresPrograms, startPostgres } from '../../support/postgres-server.ts';
import { hasRedis, startRedis } from '../../support/redis-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

const WRONG = 'npm run biuld';
const RIGHT = 'npm run build';
/** Where laptops send to. Behind Redis, two workers feed PostgreSQL. */
const PLACES = ['PostgreSQL', 'Redis'] as const;

const SAID_BEFORE_A_CALL = /PreToolUse:Bash hook additional context: /;

const cases = PLACES.flatMap((place) =>
  installedClients().map(([version, binary]) => [version, place, binary] as const),
);

describe.skipIf(postgresPrograms() === undefined || !hasRedis()).each(cases)(
  'a team under the real client %s on %s',
  (_version, place, binary) => {
    it('is warned of what failed for another, once that confirmed the fix', async () => {
      const team = await teamAt(place);
      const [ann, bob] = [member(team, 'ann'), member(team, 'bob')];
      await ann.runCommands(binary, [WRONG, RIGHT]);
      await eventually(
        () => knownTo(ann),
        (known) => expect(known).toEqual([RIGHT]),
      );

      const unwarned = await bob.runCommands(binary, ['npm run test']);
      expect(warningIn(unwarned)).toBeUndefined();
      expect(knownTo(bob)).toEqual([]);

      ann.waymark('failures', 'confirm', patternOf(ann));
      await bob.runCommands(binary, ['npm run test']); // a machine listens while it is used
      await eventually(
        () => needlesOf(bob),
        (needles) => expect(needles).toContain('biuld'),
      );
      const warned = await bob.runCommands(binary, [WRONG, RIGHT]);
      expect(warningIn(warned)).toContain('known to fail in your team');
      expect(warningIn(warned)).toContain(`(confirmed by your team): \`${RIGHT}\``);
      expect(bob.waymark('failures', 'show', patternOf(bob))).not.toContain(ann.root);

      bob.waymark('failures', 'mute', patternOf(bob));
      await eventually(
        () => needlesOf(bob),
        (needles) => expect(needles).not.toContain('biuld'),
      );
    });

    it('is warned without a confirmation once it failed for two, and not before', async () => {
      const team = await teamAt(place);
      const [ann, bob, eve] = ['ann', 'bob', 'eve'].map((person) => member(team, person));
      if (ann === undefined || bob === undefined || eve === undefined) throw new Error('nobody');
      await ann.runCommands(binary, [WRONG, RIGHT]);
      await eventually(
        () => knownTo(ann),
        (known) => expect(known).toEqual([RIGHT]),
      );
      const first = await bob.runCommands(binary, ['npm run test']);
      expect([warningIn(first), needlesOf(bob)]).toEqual([undefined, '']);

      await eve.runCommands(binary, [WRONG, RIGHT]);
      await eventually(
        () => needlesOf(bob),
        (needles) => expect(needles).toContain('biuld'),
      );
      const warned = await bob.runCommands(binary, [WRONG, RIGHT]);
      expect(warningIn(warned)).toContain('for 2 people');
      expect(warningIn(warned)).toContain(`(in your team): \`${RIGHT}\``);
    });
  },
);

/** The address that machines of a new team join. */
async function teamAt(place: (typeof PLACES)[number]): Promise<string> {
  const server = await startPostgres(postgresPrograms() ?? '');
  onTestFinished(() => server.remove());
  if (place === 'PostgreSQL') return server.url();
  const redis = await startRedis();
  onTestFinished(() => redis.remove());
  const session = await server.connect();
  await migratePostgres(session, teamTablesOfProgram(sqliteDriver()), 'test');
  await session.close();
  for (let worker = 0; worker < 2; worker += 1) startWorker(redis.url, server.url());
  return redis.url;
}

function startWorker(from: string, store: string): void {
  const home = tempFolder('team-worker-');
  const child = spawn(
    process.execPath,
    ['dist/waymark.cjs', 'worker', '--from', from, '--store', store],
    { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: home, WAYMARK_HOME: `${home}/w` } },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
}

/** A person with a machine, whose commands are shared. */
function member(team: string, person: string): Sandbox {
  const sandbox = new Sandbox();
  writeFileSync(
    join(sandbox.project, 'package.json'),
    JSON.stringify({ name: 'sample', version: '1.0.0', scripts: { build: 'true', test: 'true' } }),
  );
  sandbox.install();
  sandbox.waymark('fleet', 'join', team, '--person', person, '--name', `${person}-pc`);
  sandbox.waymark('fleet', 'share', sandbox.project, '--fields', 'figures,places,commands');
  return sandbox;
}

/** The first thing that the model was told before a call. */
function warningIn(session: ClientOutcome): string | undefined {
  const told = session.requests
    .filter(({ lane }) => lane === 'main')
    .map(({ told: text }) => text)
    .find((text) => SAID_BEFORE_A_CALL.test(text));
  return told?.slice(told.search(SAID_BEFORE_A_CALL));
}

function failuresOf(sandbox: Sandbox): readonly unknown[] {
  const listed: unknown = JSON.parse(sandbox.waymark('failures', 'list', '--json'));
  return Array.isArray(listed) ? listed : [];
}

/** The fixes that a machine knows. */
function knownTo(sandbox: Sandbox): readonly (string | undefined)[] {
  return failuresOf(sandbox).map((one) =>
    stringField(parseJsonObject(JSON.stringify(one)) ?? {}, 'fix'),
  );
}

function patternOf(sandbox: Sandbox): string {
  const [first] = failuresOf(sandbox);
  return stringField(parseJsonObject(JSON.stringify(first)) ?? {}, 'id') ?? '';
}

function needlesOf(sandbox: Sandbox): string {
  return sandbox.stateFile('views/failures/needles');
}
