import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../../lib/config/resolve.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { transcriptChecks } from '../../../../lib/query/doctor/transcript-checks.ts';
import { ClientSession, transcriptLines } from '../../../support/client-session.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22, 12);

function scene(daysAgo: number) {
  const client = new ClientSession();
  client.append(transcriptLines(3));
  utimesSync(client.transcriptPath, (NOW - daysAgo * DAY) / 1000, (NOW - daysAgo * DAY) / 1000);
  const environment = { CLAUDE_CONFIG_DIR: client.base };
  const folder = stateFolderAt(`${client.root}/state`);
  const check = (own: Readonly<Record<string, string>> = {}) =>
    transcriptChecks({
      ...{ folder, environment, cwd: client.root, clock: () => NOW, configProblems: [] },
      ...{ nodeVersion: '22.0.0', platform: 'linux' },
      config: resolveConfig({
        environment: { ...environment, ...own },
        userFile: folder.configFile,
      }).values,
    })[0];
  return { client, check };
}

describe('the check of transcripts', () => {
  it('names the day from which on the client may delete what is not archived', () => {
    const { check } = scene(25);
    expect(check()).toMatchObject({ ok: false, checked: true });
    expect(check()?.message).toContain('1 transcript of 1 not archived');
    expect(check()?.message).toContain('from 2026-11-27 on');
    expect(check()?.remedy).not.toMatch(/cleanupPeriodDays`?:? 0/);
  });

  it('is content while that day is far', () => {
    expect(scene(3).check()).toMatchObject({ ok: true, checked: true });
    const { client, check } = scene(25);
    writeFileSync(`${client.base}/settings.json`, '{"cleanupPeriodDays":365}');
    expect(check()?.message).toContain('from 2027-10-28 on');
  });

  it('says today for what may be gone at any moment', () => {
    expect(scene(90).check()?.message).toContain('from 2026-11-22 on');
  });

  it('is content when everything is archived', () => {
    const { client, check } = scene(29);
    client.save({ isClosed: true });
    expect(check()).toMatchObject({ ok: true, message: '1 transcript archived' });
    client.write('projects/-b/x y.jsonl', 'no session');
    mkdirSync(`${client.base}/projects/-b/folder.jsonl`);
    expect(check()).toMatchObject({ ok: true, message: '1 transcript archived' });
  });

  it('has nothing to say where nothing is archived at all', () => {
    expect(scene(29).check({ WAYMARK_TRANSCRIPTS: 'false' })).toMatchObject({ checked: false });
  });
});
