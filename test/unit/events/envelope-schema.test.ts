import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealEvent } from '../../../lib/events/envelope.ts';
import { parseEnvelope } from '../../../lib/events/envelope-schema.ts';
import { eventJsonSchema } from '../../support/event-json-schema.ts';

const full = {
  event_id: 'evt_20261122_044832_3f9c1a7b20de0001',
  event_type: 'checkpoint.created',
  timestamp: '2026-11-22T04:48:32.123Z',
  source: 'hook/PostToolUse',
  correlation_id: 'prompt-1',
  metadata: { priority: 'low', tags: ['a', 'b'], master: 'lead', replay_of: 'evt_1' },
  payload: { constructor: 1, nested: { list: [null] } },
};
const { correlation_id: _correlation, metadata: _metadata, ...least } = full;

const words = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}(\.[a-z0-9_-]{1,8}){1,3}$/);
const names = fc.string({ minLength: 1, maxLength: 200 });
const metadata = fc.record(
  {
    priority: fc.constantFrom('critical', 'high', 'medium', 'low'),
    tags: fc.array(names, { maxLength: 50 }),
    master: names,
    replay_of: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,120}$/),
  },
  { requiredKeys: [] },
);
const drafts = fc.record(
  {
    type: words,
    priority: fc.integer({ min: 0, max: 9 }),
    correlationId: names,
    metadata,
    payload: fc.dictionary(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: ['type', 'priority', 'payload'] },
);

describe('parseEnvelope', () => {
  it('accepts the full envelope and the smallest one unchanged', () => {
    expect(parseEnvelope(full)).toEqual({ ok: true, event: full });
    expect(parseEnvelope(least)).toEqual({ ok: true, event: least });
  });

  it('accepts every event that waymark seals, also as JSON', () => {
    const stamps = fc.record({
      time: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      random: fc.constant('3f9c1a7b20de0001'),
    });
    fc.assert(
      fc.property(drafts, stamps, names, (draft, stamp, source) => {
        const event = sealEvent(draft, stamp, source);
        const written: unknown = JSON.parse(JSON.stringify(event));
        expect(parseEnvelope(written)).toEqual({ ok: true, event: written });
      }),
    );
  });

  it('drops unknown fields of the envelope and of metadata, and none of the payload', () => {
    const given = { ...full, extra: 1, metadata: { ...full.metadata, later: true } };
    expect(parseEnvelope(given)).toEqual({ ok: true, event: full });
  });

  it.each([
    ['event', null],
    ['event', []],
    ['event', 'text'],
    ['event_id', { ...full, event_id: undefined }],
    ['event_id', { ...full, event_id: '' }],
    ['event_id', { ...full, event_id: 'a/b' }],
    ['event_id', { ...full, event_id: 'a\n' }],
    ['event_id', { ...full, event_id: 'x'.repeat(121) }],
    ['event_type', { ...full, event_type: undefined }],
    ['event_type', { ...full, event_type: 'checkpoint' }],
    ['event_type', { ...full, event_type: 'Checkpoint.created' }],
    ['event_type', { ...full, event_type: '1a.b' }],
    ['event_type', { ...full, event_type: 'a..b' }],
    ['event_type', { ...full, event_type: `a.${'b'.repeat(99)}` }],
    ['event_type', { ...full, event_type: 12 }],
    ['timestamp', { ...full, timestamp: undefined }],
    ['timestamp', { ...full, timestamp: 1_700_000_000_000 }],
    ['timestamp', { ...full, timestamp: '2026-11-22T04:48:32' }],
    ['timestamp', { ...full, timestamp: '2026-11-22' }],
    ['timestamp', { ...full, timestamp: '2026-02-29T00:00:00Z' }],
    ['timestamp', { ...full, timestamp: '2026-13-01T00:00:00Z' }],
    ['timestamp', { ...full, timestamp: '2026-11-22T24:00:00Z' }],
    ['source', { ...full, source: undefined }],
    ['source', { ...full, source: '' }],
    ['source', { ...full, source: 'x'.repeat(201) }],
    ['correlation_id', { ...full, correlation_id: null }],
    ['correlation_id', { ...full, correlation_id: '' }],
    ['metadata', { ...full, metadata: 'low' }],
    ['metadata', { ...full, metadata: [] }],
    ['metadata.priority', { ...full, metadata: { priority: 'urgent' } }],
    ['metadata.tags', { ...full, metadata: { tags: 'a' } }],
    ['metadata.tags', { ...full, metadata: { tags: Array.from({ length: 51 }, () => 'a') } }],
    ['metadata.tags.1', { ...full, metadata: { tags: ['a', 2] } }],
    ['metadata.master', { ...full, metadata: { master: {} } }],
    ['metadata.replay_of', { ...full, metadata: { replay_of: 'a b' } }],
    ['payload', { ...full, payload: undefined }],
    ['payload', { ...full, payload: [] }],
    ['payload', { ...full, payload: null }],
  ])('names %s when it is wrong in %j', (field, value) => {
    expect(parseEnvelope(value)).toMatchObject({ ok: false, field });
  });

  it('distinguishes a missing field from a wrong one', () => {
    expect(parseEnvelope({ ...full, source: undefined })).toMatchObject({ reason: 'is missing' });
    expect(parseEnvelope({ ...full, source: 5 })).toMatchObject({ reason: 'must be a string' });
  });

  it('does not repeat the wrong value', () => {
    const secret = 'hunter2 hunter2';
    for (const field of ['event_id', 'event_type', 'timestamp', 'metadata', 'payload']) {
      expect(JSON.stringify(parseEnvelope({ ...full, [field]: secret }))).not.toContain('hunter2');
    }
  });

  it.each([
    '2026-11-22T04:48Z',
    '2026-11-22T04:48:32Z',
    '2026-11-22T04:48:32.123456789+05:30',
    '2026-11-22T04:48:32-0800',
    '2024-02-29T00:00:00Z',
  ])('takes the time %s', (timestamp) => {
    expect(parseEnvelope({ ...full, timestamp })).toMatchObject({ ok: true });
  });

  it('rejects a time that the clock of this machine cannot read', () => {
    const times = fc.stringMatching(
      /^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d(:[0-6]\d(\.\d{1,9})?)?(Z|[+-][0-2]\d:?[0-6]\d)$/,
    );
    fc.assert(
      fc.property(times, (timestamp) => {
        if (parseEnvelope({ ...full, timestamp }).ok) expect(Date.parse(timestamp)).not.toBeNaN();
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws, for any value', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({
            event_id: fc.anything(),
            event_type: fc.anything(),
            metadata: fc.anything(),
            payload: fc.anything(),
          }),
        ),
        (value) => {
          expect(parseEnvelope(value).ok).toBe(false);
        },
      ),
    );
  });
});

describe('docs/event.schema.json', () => {
  it('equals the schema that the worker applies (npm run docs:schema writes it)', () => {
    expect(readFileSync('docs/event.schema.json', 'utf8')).toBe(eventJsonSchema());
  });
});
