import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { readTrace } from '../../../../lib/query/trace/read-trace.ts';
import type { TraceNode } from '../../../../lib/query/trace/trace-node.ts';
import { formatTrace } from '../../../../lib/cli/text/trace-text.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { EFFECTS } from '../../../../lib/worker/effects.ts';
import { NESTED_CLIENTS, nestedSession, playNested } from '../../../support/nested-agents.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

/** A tree as its lines, without what differs from run to run: times, ids of agents, figures. */
function drawn(node: TraceNode): readonly string[] {
  const lines = formatTrace(node, { paint: createPaint(false), now: 0, all: true });
  return lines.map((line) =>
    line
      .replace(/^ *(?:\+?\d+[smhd](?: \d+[smhd])?)? {2}/, '')
      .replace(/ {2}(?:claude-|\d+ms|\d[\d.]*s).*$/, '')
      .replace(/ {2}\d{4}-\d\d-\d\d {2}/, ' ')
      .replace(/ {2}\d{4}-\d\d-\d\d$/, '')
      .replace(/\ba[0-9a-f]{16}\b/, 'AGENT')
      .replace(/ [0-9a-f-]{36}/, ' SESSION'),
  );
}

async function recorded(version: (typeof NESTED_CLIENTS)[number]) {
  const store = testStore();
  const session = nestedSession(version);
  await playNested(store, session);
  return { store, session, tree: await readTrace(store, session.id, 'any') };
}

function nodes(node: TraceNode): readonly TraceNode[] {
  return [node, ...node.children.flatMap(nodes)];
}

/** What stands on every line down to the last one that has a single way below it. */
function wayDown(node: TraceNode): readonly string[] {
  const [only, ...more] = node.children;
  return [node.kind, ...(only !== undefined && more.length === 0 ? wayDown(only) : [])];
}

function apply(store: Database, ...events: readonly Partial<EventEnvelope>[]): void {
  eventApplier(
    store,
    EFFECTS,
    () => 1,
  )(events.map((event) => testEvent({ source: 'test', ...event })));
}

const CALLS = [
  '│  ├─ ✗ Bash npm run --silent totl',
  '│  │  └─ Exit code 1  pat_ea11b365da43',
  '│  │     └─ → fixed by npm run --silent total',
  '│  ├─ ✓ Bash npm run --silent total',
  '│  │  └─ ● checkpoint auto',
  '│  ├─ ✓ Agent general-purpose: Review the parts',
  '│  │  └─ ✓ agent general-purpose AGENT',
  '│  │     ├─ ✓ Bash ls',
  '│  │     └─ ✓ Agent general-purpose: Search deeper',
  '│  │        └─ ✓ agent general-purpose AGENT',
  '│  │           └─ ✗ Bash cat missing.txt',
  '│  │              └─ cat: missing.txt: No such file or directory  pat_55696b781603',
];
const HEAD = [
  'session SESSION /home/user/project',
  '├─ · session.started startup',
  '├─ ▸ Add the parts up',
];

describe('readTrace', () => {
  it('draws a session of an agent within an agent', async () => {
    const { tree } = await recorded('2.1.197');
    expect(drawn(tree)).toEqual([
      ...HEAD,
      ...CALLS,
      '│  ├─ ● checkpoint stop',
      '│  └─ ● checkpoint session-end',
      '└─ · session.ended other',
    ]);
  });

  it('draws it when the agent works in the background and announces its end', async () => {
    const { tree } = await recorded('2.1.330');
    expect(drawn(tree)).toEqual([
      ...HEAD,
      ...CALLS,
      '│  └─ ● checkpoint stop',
      '├─ ▸ agent AGENT has ended',
      '│  ├─ ● checkpoint stop',
      '│  └─ ● checkpoint session-end',
      '└─ · session.ended other',
    ]);
  });

  it.each(NESTED_CLIENTS)(
    'tells what agents took, and holds every event of the session once (%s)',
    async (version) => {
      const { tree, session } = await recorded(version);
      const agents = nodes(tree).filter(({ kind }) => kind === 'agent');
      expect(agents.map(({ outcome, model }) => [outcome, model])).toEqual(
        Array(2).fill(['ok', expect.stringMatching(/^claude-opus-/)]),
      );
      for (const { tokens, durationMs } of agents)
        expect([tokens, durationMs]).toEqual([expect.any(Number), expect.any(Number)]);
      expect(
        nodes(tree)
          .flatMap(({ events }) => events)
          .sort(),
      ).toEqual(session.events.map((event) => event.event_id).sort());
    },
  );

  it('finds the call that fixed a failure', async () => {
    const { tree } = await recorded('2.1.197');
    const fix = nodes(tree).find(({ kind }) => kind === 'fix');
    expect(nodes(tree).find(({ kind, id }) => kind === 'call' && id === fix?.id)?.detail).toBe(
      'npm run --silent total',
    );
  });

  it('leads from the session down to what was asked for, by the id of a call, an agent, a prompt or an event, or the beginning of one', async () => {
    const { store, tree, session } = await recorded('2.1.197');
    const inner = nodes(tree).find(({ detail }) => detail === 'cat missing.txt');
    const way = ['session', 'prompt', 'call', 'agent', 'call', 'agent', 'call', 'failure'];
    expect(wayDown(await readTrace(store, inner?.id ?? '', 'any'))).toEqual(way);
    const failure = session.events.findLast(({ event_type }) => event_type === 'task.failed');
    expect(wayDown(await readTrace(store, failure?.event_id ?? '', 'any'))).toEqual(way);
    const agent = nodes(tree).findLast(({ kind }) => kind === 'agent');
    expect(
      wayDown(await readTrace(store, agent?.id?.slice(0, 12) ?? '', 'any')).slice(0, 6),
    ).toEqual(way.slice(0, 6));
    const prompt = nodes(tree).find(({ kind }) => kind === 'prompt');
    expect(drawn(await readTrace(store, prompt?.id ?? '', 'any'))[1]).toBe('└─ ▸ Add the parts up');
    expect(await readTrace(store, 'last', 'any')).toEqual(tree);
  });

  it('puts what handlers made below its cause, also across sessions and without one', async () => {
    const store = testStore();
    apply(
      store,
      { event_id: 'e1', event_type: 'session.started', payload: { session_id: 's1' } },
      { event_id: 'e2', event_type: 'build.wanted', payload: { session_id: 's1' } },
      {
        event_id: 'e3',
        event_type: 'build.failed',
        metadata: { cause: 'e2', depth: 1 },
        payload: { message: 'no disk' },
      },
      { event_id: 'e4', event_type: 'mail.sent', metadata: { cause: 'e3', depth: 2 }, payload: {} },
    );
    const whole = [
      'session s1',
      '├─ · session.started',
      '└─ · build.wanted',
      '   └─ · build.failed no disk',
      '      └─ · mail.sent',
    ];
    expect(drawn(await readTrace(store, 's1', 'any')).map((line) => line.trimEnd())).toEqual(whole);
    expect(drawn(await readTrace(store, 'e4', 'any')).map((line) => line.trimEnd())).toEqual([
      'session s1',
      '└─ · build.wanted',
      '   └─ · build.failed no disk',
      '      └─ · mail.sent',
    ]);
  });

  it('joins events of scripts by their correlation id', async () => {
    const store = testStore();
    apply(
      store,
      { event_id: 'e1', event_type: 'deploy.begun', correlation_id: 'release-7', payload: {} },
      { event_id: 'e2', event_type: 'deploy.done', correlation_id: 'release-7', payload: {} },
      { event_id: 'e3', event_type: 'mail.sent', metadata: { cause: 'e2' }, payload: {} },
    );
    expect(drawn(await readTrace(store, 'release', 'any')).map((line) => line.trimEnd())).toEqual([
      'correlation release-7',
      '├─ · deploy.begun',
      '└─ · deploy.done',
      '   └─ · mail.sent',
    ]);
    expect(drawn(await readTrace(store, 'e1', 'any')).map((line) => line.trimEnd())).toEqual([
      'correlation release-7',
      '└─ · deploy.begun',
    ]);
  });

  it('ends where causes go in a circle', async () => {
    const store = testStore();
    apply(
      store,
      { event_id: 'e1', event_type: 'a.b', metadata: { cause: 'e2' }, payload: {} },
      { event_id: 'e2', event_type: 'a.c', metadata: { cause: 'e1' }, payload: {} },
    );
    expect(nodes(await readTrace(store, 'e1', 'any'))).toHaveLength(3);
  });

  it('cuts wide places with a count', async () => {
    const store = testStore();
    const events = Array.from({ length: 30 }, (_, index) => ({
      event_id: `e${index}`,
      event_type: 'a.b',
      correlation_id: 'wide',
      payload: {},
    }));
    apply(store, ...events);
    const tree = await readTrace(store, 'wide', 'any');
    const lines = formatTrace(tree, { paint: createPaint(false), now: 0, all: false });
    expect(lines).toHaveLength(1 + 8 + 1 + 12);
    expect(lines[9]).toMatch(/├─ … 10 more \(--all shows them\)$/);
    expect(formatTrace(tree, { paint: createPaint(false), now: 0, all: true })).toHaveLength(31);
  });

  it('refuses what it cannot find, and what may be several', async () => {
    const store = testStore();
    apply(store, { event_id: 'e10', payload: { session_id: 'e11' } });
    await expect(readTrace(store, 'nothing', 'any')).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    await expect(readTrace(store, 'e1', 'any')).rejects.toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
    expect((await readTrace(store, 'e11', 'any')).kind).toBe('session');
  });
});
