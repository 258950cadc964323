import { describe, expect, it } from 'vitest';
import {
  causedBy,
  causeEnvironment,
  readCause,
  MAX_CAUSE_DEPTH,
} from '../../../lib/events/cause.ts';
import { testEvent } from '../../support/test-event.ts';

describe('a cause', () => {
  it('is one hop deeper than the event that was handled', () => {
    expect(causedBy(testEvent({ event_id: 'e1' }))).toEqual({ cause: 'e1', depth: 1 });
    expect(
      causedBy(testEvent({ event_id: 'e2', correlation_id: 'run-7', metadata: { depth: 3 } })),
    ).toEqual({ cause: 'e2', depth: 4, correlationId: 'run-7' });
  });

  it("is read from a handler's environment as it is for an event", () => {
    for (const event of [
      testEvent(),
      testEvent({ correlation_id: 'run-7' }),
      testEvent({ metadata: { depth: 7 } }),
    ])
      expect(readCause(causeEnvironment(event))).toEqual(causedBy(event));
  });

  it('is none outside of a handler', () => {
    expect(readCause({})).toBeUndefined();
    expect(readCause({ WAYMARK_CAUSE: '', WAYMARK_DEPTH: '3' })).toBeUndefined();
  });

  it('counts a missing depth as none, and one that is no number as too deep', () => {
    expect(readCause({ WAYMARK_CAUSE: 'e1' })).toEqual({ cause: 'e1', depth: 1 });
    expect(readCause({ WAYMARK_CAUSE: 'e1', WAYMARK_DEPTH: '-3' })?.depth).toBeGreaterThan(
      MAX_CAUSE_DEPTH,
    );
  });
});
