import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretFree } from '../../../lib/secrets/secret-free.ts';
import { mapStrings } from '../../../lib/secrets/map-strings.ts';
import { eventRedactor, redactEvent, redactText } from '../../../lib/secrets/redact-event.ts';
import { HARMLESS, SECRETS } from '../../fixtures/secrets/corpus.ts';
import { FIELD_LOOKALIKES } from '../../fixtures/secrets/field-corpus.ts';

const envelope = {
  event_id: 'evt_1',
  event_type: 'x.y',
  timestamp: '2026-11-22T04:48:32.123Z',
  source: 'cli',
};

/** Texts whose ends and beginnings could hide one another when they are looked at as one. */
const edges = fc.constantFrom(
  'token:',
  'password=',
  '"',
  "'",
  '$',
  '--token',
  'undefined',
  '=',
  ': ',
  '-----BEGIN PRIVATE KEY',
  '-----',
  'cookie:',
  '://a:',
  'eyJaaaaaaaa.',
  '-u',
  '\n',
  ' ',
  'hunter2',
);
const pieces = fc.oneof(
  edges,
  fc.constantFrom(...SECRETS.map(({ text }) => text), ...HARMLESS),
  fc.string({ maxLength: 6 }),
);
const text = fc.array(pieces, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
const payload = fc.dictionary(
  fc.oneof(fc.constantFrom('a', 'b', 'token', 'password'), text),
  fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.integer()),
  {
    maxKeys: 4,
  },
);

describe('isSecretFree', () => {
  it('never passes an event in which a check of each text would redact something', () => {
    fc.assert(
      fc.property(payload, (given) => {
        if (!isSecretFree({ ...envelope, payload: given })) return;
        const walked = mapStrings(given, redactText);
        expect(walked).toBe(given);
      }),
      { numRuns: 5_000 },
    );
  });

  it('passes events of every harmless text', () => {
    const suspicious = HARMLESS.filter(
      (command) => !isSecretFree({ ...envelope, payload: { command, list: [command] } }),
    );
    expect(suspicious).toEqual([]);
  });

  it('passes all harmless texts at once, in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...HARMLESS, ...FIELD_LOOKALIKES]), (list) =>
        isSecretFree({ ...envelope, payload: { list } }),
      ),
    );
  });

  it.each([
    ['the payload', { payload: { a: [{ b: SECRETS[0]?.text }] } }],
    ['a key', { payload: { [SECRETS[0]?.text ?? '']: 1 } }],
    ['a field by its name', { payload: { password: 'x' } }],
    ['source', { source: SECRETS[0]?.text ?? '', payload: {} }],
    ['correlation', { correlation_id: SECRETS[0]?.text ?? '', payload: {} }],
    ['a tag', { metadata: { tags: [SECRETS[0]?.text ?? ''] }, payload: {} }],
    ['master', { metadata: { master: SECRETS[0]?.text ?? '' }, payload: {} }],
  ])('sees a secret in %s', (_place, rest) => {
    expect(isSecretFree({ ...envelope, ...rest })).toBe(false);
  });

  it('leaves deep nesting to the walk', () => {
    const parsed: unknown = JSON.parse(`${'['.repeat(20_000)}1${']'.repeat(20_000)}`);
    expect(isSecretFree({ ...envelope, payload: { parsed } })).toBe(false);
  });
});

describe('eventRedactor', () => {
  it('gives batches the same result as single events, whatever came before', () => {
    const batches = fc.array(fc.array(payload, { maxLength: 4 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(batches, (given) => {
        const redactAll = eventRedactor();
        for (const payloads of given) {
          const events = payloads.map((own) => ({ ...envelope, payload: own }));
          const alone = events.map((event) => redactEvent(event));
          expect(redactAll(events)).toEqual(alone);
        }
      }),
    );
  });

  it('returns the same objects if there is nothing to redact', () => {
    const events = [1, 2].map((n) => ({ ...envelope, payload: { command: 'git status', n } }));
    expect(eventRedactor()(events)).toBe(events);
  });

  it('redacts a value that was harmless under another name', () => {
    const redactAll = eventRedactor();
    redactAll([{ ...envelope, payload: { city: 'hunter2x' } }]);
    expect(redactAll([{ ...envelope, payload: { password: 'hunter2x' } }])).toMatchObject([
      { payload: { password: '[redacted]' } },
    ]);
  });

  it('finds a secret beyond the size of one check', () => {
    const secret = ['ghp', 'aB3'.repeat(12)].join('_');
    const events = [
      { ...envelope, payload: { text: 'ab c '.repeat(20_000) } },
      { ...envelope, payload: { text: secret } },
    ];
    expect(eventRedactor()(events)[1]?.payload).toEqual({ text: '[redacted]' });
  });
});
