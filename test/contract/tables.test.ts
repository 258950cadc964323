import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dumpStore, testStore } from '../support/test-store.ts';

/**
 * Who writes each table: a file of the store room, or the room that owns it. Others yield writes on
 * its definition.
 */
const OWNERS: Readonly<Record<string, string>> = {
  account_limits: 'features/account',
  agent_runs: 'features/routing',
  agents: 'store/agents-table.ts',
  call_notes: 'features/operation',
  checkpoints: 'features/checkpoint',
  client_days: 'features/backfill',
  command_runs: 'features/failure',
  cursors: 'store/cursors.ts',
  context_crossings: 'features/context',
  context_samples: 'features/operation',
  context_windows: 'features/context',
  deliveries: 'delivery',
  event_files: 'store/event-files-table.ts',
  event_sinks: 'journal',
  events: 'store/apply-events.ts',
  failure_fixes: 'features/failure',
  failure_mends: 'features/failure',
  failure_needles: 'features/failure',
  failure_patterns: 'features/failure',
  failures: 'features/failure',
  file_activity: 'features/context',
  fix_commands: 'features/failure',
  messages: 'features/operation',
  metrics: 'worker',
  operations: 'features/operation',
  pattern_bases: 'features/failure',
  pattern_choices: 'features/failure',
  prompts: 'features/session',
  refreshes: 'store/refreshes.ts',
  result_sizes: 'features/operation',
  routing_advice: 'features/routing',
  routings: 'features/routing',
  schedules: 'features/schedule',
  session_health: 'features/health',
  session_log: 'features/session',
  session_tags: 'features/session',
  sessions: 'store/sessions-table.ts',
  snapshots: 'snapshots',
  task_states: 'features/operation',
  tasks: 'features/routing',
  team_patterns: 'features/failure',
  todo_lists: 'features/operation',
  told: 'features/hook-messages',
  forgotten: 'store/forgotten.ts',
  tombstones: 'store/tombstones.ts',
  unjudged: 'features/security',
  unlearned: 'features/failure',
  usage: 'features/operation',
  usage_sums: '', // triggers of `usage` write them
  watched_projects: 'features/context',
};

/**
 * A statement that writes a table, or a definition from which one is made. Triggers of the schema
 * belong to the owner of their table; what goes with time is declared by keepers, see
 * retention.test.ts.
 */
const WRITES =
  /\b(?:INSERT (?:OR \w+ )?INTO|DELETE FROM|UPDATE) ([a-z_]+)\b|\btable: '([a-z_]+)',\s*(?:key|columns):/g;

const files = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('store/schema/'))
  .map((name) => ({ name, text: readFileSync(join('lib', name), 'utf8') }));

describe('tables', () => {
  it('have one owner each, and no one else writes them', () => {
    const tables = Object.keys(dumpStore(testStore()));
    const writers = new Map<string, Set<string>>(tables.map((table) => [table, new Set()]));
    for (const { name, text } of files)
      for (const [, written, defined] of text.matchAll(WRITES))
        writers.get(written ?? defined ?? '')?.add(ownerOf(name));
    const found = [...writers].map(([table, names]) => [table, [...names].sort().join(', ')]);
    expect(Object.fromEntries(found)).toEqual(OWNERS);
  });
});

/** The file, in the store room; elsewhere the room. */
function ownerOf(name: string): string {
  const [room = '', feature = ''] = name.split('/');
  if (room === 'store') return name;
  return room === 'features' ? `${room}/${feature}` : room;
}
