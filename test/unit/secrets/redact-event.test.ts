import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { secretFinder } from '../../../lib/secrets/find-secrets.ts';
import { redactEvent } from '../../../lib/secrets/redact-event.ts';
import { cutRanges, NOT_CHECKED } from '../../../lib/secrets/secret-range.ts';
import { HARMLESS, mixed, SECRETS } from '../../fixtures/secrets/corpus.ts';

const findSecrets = secretFinder();
const token = ['ghp', mixed(36)].join('_');

function event(
  payload: EventEnvelope['payload'],
  rest: Partial<EventEnvelope> = {},
): EventEnvelope {
  return {
    event_id: 'evt_1',
    event_type: 'task.failed',
    timestamp: '2026-11-22T04:48:32.123Z',
    source: 'cli',
    payload,
    ...rest,
  };
}

/** The library's rules without the process around them; counts what it was asked. */
function library() {
  const asked: string[] = [];
  return {
    asked,
    redact: async (texts: readonly string[]) => {
      asked.push(...texts);
      return Promise.all(texts.map(async (text) => cutRanges(text, await findSecrets(text))));
    },
  };
}

describe('redactEvent', () => {
  it.each(SECRETS)('stores no $name', async ({ text, secret }) => {
    const clean = JSON.stringify(
      await redactEvent(event({ command: text, list: [{ text }] }), library()),
    );
    expect(clean).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(clean).toContain('[redacted]');
  });

  it('gives back the same object, unasked, for every harmless text', async () => {
    const redactor = library();
    for (const text of HARMLESS) {
      const given = event({ command: text });
      expect(await redactEvent(given, redactor)).toBe(given);
    }
    expect(redactor.asked).toEqual(HARMLESS.filter((text) => text.startsWith('postgres:')));
  });

  it('asks the library only for what the token list left over', async () => {
    const redactor = library();
    await redactEvent(event({ a: token, b: 'password=hunter2', c: 'plain' }), redactor);
    expect(redactor.asked).toEqual([]);
  });

  it('looks into keys, source, correlation and metadata', async () => {
    const given = event(
      { [token]: 1 },
      {
        source: token,
        correlation_id: token,
        metadata: { tags: [token, 'x'], master: token, priority: 'low' },
      },
    );
    expect(await redactEvent(given, library())).toEqual(
      event(
        { '[redacted]': 1 },
        {
          source: '[redacted]',
          correlation_id: '[redacted]',
          metadata: { tags: ['[redacted]', 'x'], master: '[redacted]', priority: 'low' },
        },
      ),
    );
  });

  it('takes the name of a field into account', async () => {
    expect(
      (await redactEvent(event({ user: 'ada', password: 'green' }), library())).payload,
    ).toEqual({ user: 'ada', password: '[redacted]' });
  });

  it('puts the marker in place of a flagged text that was not checked', async () => {
    const text = 'x npm_'.concat(mixed(20), '_', mixed(15));
    const clean = await redactEvent(event({ text, other: 'kept' }), {
      redact: async (texts) => texts.map(() => NOT_CHECKED),
    });
    expect(clean.payload).toEqual({ text: NOT_CHECKED, other: 'kept' });
  });

  it('stores nothing unchecked when the redactor answers too little', async () => {
    const text = 'x npm_'.concat(mixed(20), '_', mixed(15));
    expect((await redactEvent(event({ text }), { redact: async () => [] })).payload).toEqual({
      text: NOT_CHECKED,
    });
  });
});
