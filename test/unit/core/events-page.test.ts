import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEnvelope } from '../../../lib/core/envelope-schema.ts';
import { stampSource } from '../../../lib/core/event-id.ts';
import { adoptForeign } from '../../../lib/queue/adopt-foreign.ts';
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

  it('shows shell commands whose file becomes an event of that priority', () => {
    const home = tempFolder();
    const queue = queueFolder(join(home, 'queue'));
    makeQueueFolder(queue);
    const script = join(home, 'send.sh');
    writeFileSync(script, block('sh'));
    execFileSync('sh', ['-eu', script], { env: { PATH: process.env['PATH'] ?? '', WAYMARK_HOME: home } });
    const [file] = readdirSync(queue.pending).filter((name) => name.endsWith('.json'));
    const entry = adoptForeign(join(queue.pending, file ?? ''), { holding: queue.processing, sizeCap: 65_536, now: 0, nextStamp: stampSource(() => 0) });
    if (entry === undefined) throw new Error('not adopted');
    expect(entry.name.priority).toBe(2);
    expect(readEvent(entry, 65_536)).toMatchObject({ event_type: 'build.failed', source: `file/${file}`, payload: { job: 'lint' } });
  });

  it('lists every type that has an effect on the store', () => {
    const listed = [...page.matchAll(/^\| `([a-z_.]+\.[a-z_]+)` \| [^|]+ \| (?:hook|worker|cli)/gm)].map(([, type]) => type);
    const effective = EFFECTS.flatMap((table) => Object.keys(table)).filter((type) => type !== '*');
    expect(listed).toEqual(expect.arrayContaining(effective));
    expect(listed).toContain('system.health_alert');
  });
});
