import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { redactEvent } from '../../../lib/secrets/redact-event.ts';
import { HARMLESS, mixed, SECRETS } from '../../fixtures/secrets/corpus.ts';

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

describe('redactEvent', () => {
  it.each(SECRETS)('stores no $name', ({ text, secret }) => {
    const clean = JSON.stringify(redactEvent(event({ command: text, list: [{ text }] })));
    expect(clean).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(clean).toContain('[redacted]');
  });

  it('returns the same object for every harmless text', () => {
    for (const text of HARMLESS) {
      const given = event({ command: text });
      expect(redactEvent(given)).toBe(given);
    }
  });

  it('checks keys, source, correlation and metadata', () => {
    const given = event(
      { [token]: 1 },
      {
        source: token,
        correlation_id: token,
        metadata: { tags: [token, 'x'], master: token, priority: 'low' },
      },
    );
    expect(redactEvent(given)).toEqual(
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

  it('takes the name of a field into account', () => {
    expect(redactEvent(event({ user: 'ada', password: 'green' })).payload).toEqual({
      user: 'ada',
      password: '[redacted]',
    });
  });
});
