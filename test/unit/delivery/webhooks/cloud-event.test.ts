import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { cloudEvent, webhookId } from '../../../../lib/delivery/webhooks/cloud-event.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { testEvent } from '../../../support/test-event.ts';

describe('cloudEvent', () => {
  it('puts every field of an event where CloudEvents expects it', () => {
    const event = testEvent({
      correlation_id: 'prompt-7',
      metadata: {
        priority: 'high',
        tags: ['nightly', 'ci'],
        master: 'agent-1',
        replay_of: 'evt_old',
        cause: 'evt_cause',
        depth: 2,
      },
    });
    expect(cloudEvent(event)).toEqual({
      specversion: '1.0',
      id: event.event_id,
      source: 'waymark:hook/UserPromptSubmit',
      type: 'waymark.session.prompt_submitted',
      time: '2026-11-22T04:48:32.123Z',
      subject: 'session-1',
      correlationid: 'prompt-7',
      causationid: 'evt_cause',
      priority: 'high',
      tags: 'nightly,ci',
      master: 'agent-1',
      replayof: 'evt_old',
      datacontenttype: 'application/json',
      data: event.payload,
    });
  });

  it('names the correlation as the subject where there is no session', () => {
    expect(cloudEvent(testEvent({ correlation_id: 'run-1', payload: {} }))).toMatchObject({
      subject: 'run-1',
    });
  });

  it('leaves out what the event does not have', () => {
    expect(Object.keys(cloudEvent(testEvent({ payload: {} })))).toEqual([
      'specversion',
      'id',
      'source',
      'type',
      'time',
      'datacontenttype',
      'data',
    ]);
  });

  it.each<[string, Partial<EventEnvelope>]>([
    ['the least that an event can be', { payload: {} }],
    ['a source with signs that an URI does not have', { source: 'my script (Größe 100%)/#1?' }],
    ['half of a surrogate pair', { source: 'x\ud800', correlation_id: 'y\udfff' }],
    ['a correlation with line breaks', { correlation_id: 'one\ntwo\u0085' }],
    ['a correlation of control characters alone', { correlation_id: '\n', payload: {} }],
    ['a time without seconds', { timestamp: '2026-11-22T04:48Z' }],
    ['a zone without a colon', { timestamp: '2026-11-22T04:48:32.123+0130' }],
  ])('is valid with %s', (_what, own) => {
    const made: Record<string, unknown> = JSON.parse(JSON.stringify(cloudEvent(testEvent(own))));
    expect(new CloudEvent(made, false).validate()).toBe(true);
    expect(String(made['time'])).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
    );
    expect(String(made['source'])).toMatch(/^waymark:[A-Za-z0-9._~/%-]+$/);
    expect(
      JSON.stringify(Object.values(made).filter((value) => typeof value === 'string')),
    ).not.toMatch(/\\u00|\\n/);
  });
});

describe('webhookId', () => {
  it('has no dot, and differs for each event', () => {
    expect([webhookId('evt_1'), webhookId('a.b.c'), webhookId('a:b-c')]).toEqual([
      'evt_1',
      'a%2Eb%2Ec',
      'a:b-c',
    ]);
  });
});
