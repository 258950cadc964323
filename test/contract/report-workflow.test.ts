import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { isReport } from '../../lib/report/render-report.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { prepareStore } from '../unit/cli/prepared-store.ts';

const WORKFLOW = readFileSync('templates/ci/waymark-report.yml', 'utf8');

/** The shell lines of the steps, in order: `run: LINE`, or the block below `run: |`. */
function scripts(): readonly string[] {
  const found = WORKFLOW.matchAll(/^( +)run: (?:\|\n((?:\1 {2}.*\n)+)|(.+)\n)/gm);
  return [...found].map(([, , block, line]) => block ?? line ?? '');
}

describe('the workflow in templates/ci', () => {
  it('has shell lines that write every report as a page that can be published', () => {
    const root = tempFolder();
    const bin = `${root}/bin`;
    mkdirSync(bin);
    const program = `#!/bin/sh\nexec '${process.execPath}' '${process.cwd()}/dist/waymark.cjs' "$@"\n`;
    writeFileSync(`${bin}/waymark`, program, { mode: 0o755 });
    writeFileSync(`${bin}/npm`, '#!/bin/sh\n[ "$*" = "install --global waymark" ]\n', {
      mode: 0o755,
    });
    prepareStore(stateFolderAt(`${root}/state`, {}, [`${root}/run`]));
    const env = {
      PATH: `${bin}:/usr/bin:/bin`,
      ...{ HOME: root, WAYMARK_HOME: `${root}/state`, WAYMARK_AUTOSTART: 'false', TZ: 'UTC' },
      GITHUB_STEP_SUMMARY: `${root}/summary.md`,
    };
    expect(scripts()).toHaveLength(3);
    // pages of an earlier run are there when a runner is not new
    for (const script of [...scripts(), ...scripts()]) {
      const { status, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
        ...{ cwd: root, env, encoding: 'utf8' },
      });
      expect(status, `${script}\n${stderr}`).toBe(0);
    }
    const names = ['weekly', 'cost', 'security', 'routing', 'performance'];
    expect(readdirSync(`${root}/site`).toSorted()).toEqual(
      ['index', ...names].map((name) => `${name}.html`).toSorted(),
    );
    const index = readFileSync(`${root}/site/index.html`, 'utf8');
    for (const [, file] of index.matchAll(/href="([^"]+)"/g)) {
      expect(existsSync(`${root}/site/${file}`)).toBe(true);
      expect(isReport(readFileSync(`${root}/site/${file}`, 'utf8'))).toBe(true);
    }
    expect(index.match(/href=/g)).toHaveLength(names.length);
    expect(readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')).toContain('# Weekly report');
  });

  it('asks for the rights that publishing needs, and no more', () => {
    const [, rights = ''] = /^permissions:\n((?: {2}.+\n)+)/m.exec(WORKFLOW) ?? [];
    expect(rights.trim().split(/\n */)).toEqual([
      ...['contents: read', 'pages: write', 'id-token: write'],
    ]);
  });
});
