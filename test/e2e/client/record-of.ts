import { expect } from 'vitest';
import { isJsonObject, type JsonObject, objectField } from '../../../lib/core/json.ts';
import { eventually } from './eventually.ts';
import type { Sandbox } from './sandbox.ts';
import type { Scenario } from './scenario.ts';

/**
 * Tools whose calls are counted as operations; written out here, so that a change of the product's
 * own list shows.
 */
const COUNTED = ['Write', 'Edit', 'Bash', 'Agent'];

/**
 * Waits until everything captured is stored, and holds the record of a session against what really
 * happened.
 */
export async function expectRecord(
  sandbox: Sandbox,
  sessionId: string,
  happened: Omit<Scenario, 'script'>,
): Promise<void> {
  await eventually(() => sandbox.status(), expectSettled);
  await eventually(
    () => operationsOf(sandbox.show(sessionId)),
    (operations) => expect(operations).toEqual(happened.operations),
  );
  expect(sandbox.counted(sessionId)).toBe(happened.ran);
  const failures = sandbox
    .events(sessionId, 'task.failed')
    .map((event) => objectField(objectField(event, 'payload'), 'call')['tool']);
  expect(failures).toEqual(Array.from({ length: happened.failed }, () => 'Bash'));
}

/** Every event that hooks captured is in the store, and nothing waits, died or is missing. */
export function expectSettled(status: JsonObject): void {
  const ledger = objectField(status, 'ledger');
  expect(ledger['captured']).toBeGreaterThan(0);
  expect(ledger).toMatchObject({
    stored: ledger['captured'],
    queued: 0,
    dead: 0,
    discarded: 0,
    refused: 0,
    abandoned: 0,
  });
  expect(countOf(ledger['gaps'])).toBe(0);
  expect(objectField(status, 'queue')).toEqual({ pending: 0, delayed: 0, processing: 0, dead: 0 });
}

/** Gaps may be a number or the list of them. */
function countOf(gaps: unknown): unknown {
  return Array.isArray(gaps) ? gaps.length : gaps;
}

/** `tool outcome` of every counted tool's call, sorted. */
function operationsOf(shown: JsonObject): readonly string[] {
  const operations = shown['operations'];
  if (!Array.isArray(operations)) return [];
  return operations
    .filter(isJsonObject)
    .filter((operation) => COUNTED.includes(String(operation['tool'])))
    .map((operation) => `${operation['tool']} ${operation['outcome']}`)
    .sort();
}
