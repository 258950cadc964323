import { describe, expect, it } from 'vitest';
import { parseFilter, passesFilters } from '../../../../lib/delivery/handlers/event-filter.ts';
import { readHandlerSettings } from '../../../../lib/delivery/handlers/handler-settings.ts';
import { readHeadComment } from '../../../../lib/delivery/handlers/head-comment.ts';
import { testEvent } from '../../../support/test-event.ts';

describe('a head comment', () => {
  it.each([
    ['#!/bin/sh\n# waymark: on task.failed checkpoint.*', { on: ['task.failed', 'checkpoint.*'] }],
    ['// waymark: on a.b, c.d timeout=10', { on: ['a.b', 'c.d'], timeout: '10' }],
    [
      '/* waymark: on a.b concurrency=2 attempts=5 */',
      { on: ['a.b'], concurrency: '2', attempts: '5' },
    ],
    ['<?php\n <!-- waymark: on a.b -->', { on: ['a.b'] }],
    ['-- waymark: on a.b', { on: ['a.b'] }],
    ['REM waymark: on a.b', { on: ['a.b'] }],
    ['"""waymark: on a.b"""', { on: ['a.b'] }],
    [
      '# waymark: on a.b filter payload.tool=Bash timeout=5',
      { on: ['a.b'], filter: ['payload.tool=Bash'], timeout: '5' },
    ],
    [
      `# waymark: on a.b\n# waymark: filter "payload.command=git push*" source!='hook/*'`,
      { on: ['a.b'], filter: ['payload.command=git push*', 'source!=hook/*'] },
    ],
    ['# waymark: timeout=3 on a.b', { on: ['a.b'], timeout: '3' }],
    ['# waymark: on a.b nonsense', { on: ['a.b', 'nonsense'] }],
    ['# waymark: task.failed', { 'task.failed': '' }],
    [`${'#\n'.repeat(20)}# waymark: on a.b`, undefined],
    ['echo waymark: on a.b', undefined],
    ['', undefined],
  ])('%j says %j', (text, settings) => {
    expect(readHeadComment(text)).toEqual(settings);
  });
});

describe('settings of a handler', () => {
  it('have defaults for all but the types', () => {
    expect(readHandlerSettings({ on: 'a.*' })).toEqual({
      ok: true,
      settings: { types: ['a.*'], filters: [], timeoutMs: 30_000, concurrency: 1, maxAttempts: 5 },
    });
  });

  it.each([
    [{}, '`on` is missing'],
    [{ on: [] }, '`on` is missing'],
    [{ on: [5] }, '`on` is missing'],
    [{ on: 'Task Failed' }, 'neither an event type'],
    [{ on: 'a.b', timout: 5 }, '`timout`, which does not exist'],
    [{ on: 'a.b', timeout: '0' }, '`timeout` must be a number from 0.1 to 3600 seconds'],
    [{ on: 'a.b', timeout: 'long' }, '`timeout`'],
    [{ on: 'a.b', concurrency: 1.5 }, '`concurrency` must be a whole number'],
    [{ on: 'a.b', attempts: 101 }, '`attempts`'],
    [{ on: 'a.b', filter: 'tool=Bash' }, '`tool=Bash` is not of the form'],
    [{ on: 'a.b', filter: { tool: 'Bash' } }, 'is not of the form'],
  ])('%j are refused', (given, reason) => {
    expect(readHandlerSettings(given)).toEqual({
      ok: false,
      reason: expect.stringContaining(reason),
    });
  });
});

describe('a filter', () => {
  const event = testEvent({
    correlation_id: 'c1',
    metadata: { tags: ['nightly', 'x'] },
    payload: { call: { tool: 'Bash', ms: 12 }, ok: false, list: [{ a: 1 }] },
  });

  it.each([
    ['payload.call.tool=Bash', true],
    ['payload.call.tool=B*', true],
    ['payload.call.tool=Edit', false],
    ['payload.call.tool!=Edit', true],
    ['payload.call.ms=12', true],
    ['payload.ok=false', true],
    ['payload.none=', true],
    ['payload.none=*', true],
    ['payload.none=x', false],
    ['payload.none!=x', true],
    ['payload.constructor=*Object*', false],
    ['payload.list=*a*', false],
    ['metadata.tags=nightly', true],
    ['metadata.tags!=nightly', false],
    ['source=hook/*', true],
    ['correlation_id=c1', true],
  ])('%s holds: %s', (text, holds) => {
    const filter = parseFilter(text);
    expect(passesFilters(filter === undefined ? [] : [filter], event)).toBe(holds);
    expect(filter).toBeDefined();
  });

  it.each(['tool=Bash', 'payload=x', 'source.x=1', 'payload..a=1', 'payload.a', '=x', ''])(
    '%j is none',
    (text) => {
      expect(parseFilter(text)).toBeUndefined();
    },
  );
});
