import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../lib/core/clock.ts';
import { TEAM_DATABASES } from '../support/pglite-session.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';

describe.each(TEAM_DATABASES)('texts of a team on %s', (name) => {
  const now = Date.now();
  let team: TestTeam;

  /** Days before now at which something was said: each part of time has one, and both its ends. */
  const AGES = [-40, -1.5, -0.5, 0, 0.5, 1.5, 5, 8.5, 20, 57.5, 200, 399, 402, 2_000];

  beforeAll(async () => {
    team = await testTeam(name !== 'PostgreSQL');
    for (const [n, age] of AGES.entries()) {
      const at = Math.round(now - age * DAY_MS);
      await team.session.script(`
        INSERT INTO waymark_rows.sessions (host, id, custom_title, last_event_at) VALUES ('host-a', 's${n}', 'Cents ${n}', ${at}), ('host-a', 'h${n}', 'Other', ${at});
        INSERT INTO waymark_rows.messages (host, session_id, id, role, at, text, length) VALUES
          ('host-a', 's${n}', 'm', 'answer', ${at}, 'Cents ${n} are lost', 20);
        INSERT INTO waymark_rows.session_log (host, id, session_id, at, kind, detail) VALUES
          ('host-a', 'p${n}', 's${n}', ${at}, 'prompt_submitted', 'cents, which a message has, too'),
          ('host-a', 'q${n}', 'h${n}', ${at}, 'prompt_submitted', 'where do cents go');
        INSERT INTO waymark_rows.operations (host, tool_use_id, hook_at, hook_session, hook_tool, hook_target, hook_outcome, at) VALUES
          ('host-a', 't${n}', ${at}, 's${n}', 'Bash', 'count cents', '${n % 2 === 0 ? 'ok' : 'failed'}', ${at})`);
    }
  });
  afterAll(() => team.close());

  interface Asked {
    readonly kinds: string;
    readonly since?: number;
    readonly failed?: boolean;
    readonly most?: number;
  }
  const find = async ({ kinds, since = -1e15, failed = false, most = 500 }: Asked) =>
    (
      await team.session.query('SELECT * FROM waymark.find_texts($1, $2, $3, NULL, $4, $5)', [
        ...["'cents'", kinds, since, failed, most],
      ])
    ).map(({ id }) => String(id));
  const all = (letter: string): readonly string[] => AGES.map((_age, n) => `${letter}${n}`);

  it.each([
    ['title', all('s')],
    ['answer', AGES.map(() => 'm')],
    ['prompt', all('q')],
    ['call', all('t')],
  ])('are found whenever they were written: %s', async (kinds, ids) => {
    expect((await find({ kinds })).toSorted()).toEqual([...ids].toSorted());
  });

  it('are found together, and each once', async () => {
    expect(await find({ kinds: 'title,answer,prompt,call' })).toHaveLength(4 * AGES.length);
  });

  it('come with the latest first, whose days a clock may know', async () => {
    const known = AGES.flatMap((age, n) => (age >= 0.5 ? [`t${n}`] : []));
    const found = (await find({ kinds: 'call' })).filter((id) => known.includes(id));
    expect(found).toEqual(known);
    expect(await find({ kinds: 'call', most: 3 })).toHaveLength(3);
  });

  it('are those since a moment, and failed ones where they are asked for', async () => {
    const since = Math.round(now - 9 * DAY_MS);
    const late = AGES.flatMap((age, n) => (age < 9 ? [n] : []));
    expect((await find({ kinds: 'prompt', since })).toSorted()).toEqual(
      late.map((n) => `q${n}`).toSorted(),
    );
    const failed = late.filter((n) => n % 2 === 1).map((n) => `t${n}`);
    expect((await find({ kinds: 'call', since, failed: true })).toSorted()).toEqual(
      failed.toSorted(),
    );
    expect(await find({ kinds: 'answer', failed: true })).toEqual([]);
  });
});
