import type { EventEnvelope } from '../../lib/events/envelope.ts';

/** A valid event; what the test is about is given. */
export function testEvent(own: Partial<EventEnvelope> = {}): EventEnvelope {
  return {
    event_id: 'evt_20261122_044832_0123456789ab0001',
    event_type: 'session.prompt_submitted',
    timestamp: '2026-11-22T04:48:32.123Z',
    source: 'hook/UserPromptSubmit',
    payload: { session_id: 'session-1', project: '/work/project', prompt: 'do it' },
    ...own,
  };
}
