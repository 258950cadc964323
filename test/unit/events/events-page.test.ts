import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ALIASES,
  EVENT_TYPES,
  isEventTypeName,
  isReservedType,
} from '../../../lib/events/types/registry.ts';
import { parseEnvelope } from '../../../lib/events/envelope-schema.ts';
import { stampSource } from '../../../lib/events/event-id.ts';
import { claimForeign } from '../../../lib/queue/claim-foreign.ts';
import { makeQueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { readEvent } from '../../../lib/worker/read-event.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const page = readFileSync('docs/events.md', 'utf8');

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`no ${language} block in docs/events.md`);
  return found;
}

describe('docs/events.md', () => {
  it('shows an envelope that is accepted as it is', () => {
    const shown: unknown = JSON.parse(block('json'));
    expect(parseEnvelope(shown)).toEqual({ ok: true, event: shown });
  });

  it('shows shell commands whose file becomes an event of that priority, even before waymark has run', () => {
    const home = tempFolder();
    const queue = queueFolder(join(home, 'queue'));
    const script = join(home, 'send.sh');
    writeFileSync(script, block('sh'));
    execFileSync('sh', ['-eu', script], {
      env: { PATH: process.env['PATH'] ?? '', WAYMARK_HOME: home },
    });
    makeQueueFolder(queue); // as the first worker does
    const [file] = readdirSync(queue.pending).filter((name) => name.endsWith('.json'));
    const entry = claimForeign(join(queue.pending, file ?? ''), {
      holding: queue.processing,
      sizeCap: 65_536,
      now: 0,
      nextStamp: stampSource(() => 0),
    });
    if (entry === undefined) throw new Error('not adopted');
    expect(entry.name.priority).toBe(2);
    expect(readEvent(entry, 65_536)).toMatchObject({
      event_type: 'build.failed',
      source: `file/${file}`,
      payload: { job: 'lint' },
    });
  });

  it('lists every first word that waymark reserves', () => {
    const words = new Set(Object.keys(EVENT_TYPES).map((type) => type.slice(0, type.indexOf('.'))));
    const list = /Our first words are:\s([\s\S]*?)\.\n/.exec(page)?.[1] ?? '';
    expect(new Set([...list.matchAll(/`([a-z]+)`/g)].map(([, word]) => word))).toEqual(words);
  });

  it('names only existing types', () => {
    const named = [...page.matchAll(/`([a-z]+\.[a-z_]+)`/g)]
      .map(([, type]) => type ?? '')
      .filter(isReservedType);
    expect(named.filter((type) => !isEventTypeName(type) && !Object.hasOwn(ALIASES, type))).toEqual(
      [],
    );
  });
});

describe('the registry of types', () => {
  it('has every type that has an effect on the store', () => {
    const effective = EFFECTS.flatMap((table) => Object.keys(table)).filter((type) => type !== '*');
    expect(effective.filter((type) => !isEventTypeName(type))).toEqual([]);
  });
});
