import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../lib/metrics/metric-table.ts';
import { createMetricsReader } from '../../lib/metrics/read-metrics.ts';
import { metricsPlace, writeTestHeartbeat } from '../support/metrics-place.ts';
import { isInstalled } from '../support/is-installed.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { preparedStore, START } from '../unit/cli/prepared-store.ts';

const RULES = 'templates/prometheus/alerts.yml';
const RULE_TESTS = 'templates/prometheus/alerts.test.yml';
const BOARD = 'templates/grafana/waymark.json';
const PAGE = 'docs/metrics.md';

const NAMES: readonly string[] = Object.keys(METRICS);

const hasPromtool = isInstalled('promtool', 'the format of /metrics and of the alert rules');

/** Names of metrics in a text. */
function metricsIn(text: string): readonly string[] {
  return [...new Set(text.match(/\bwaymark_[a-z0-9_]+/g))].toSorted();
}

function promtool(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', input });
  return { status, said: `${stdout}${stderr}` };
}

async function metricsText(): Promise<string> {
  const folder = preparedStore();
  writeTestHeartbeat(folder, START, { latencyMs: { p50: 1, p95: 2, p99: 3 } });
  return (await createMetricsReader(metricsPlace(folder, () => START + 60_000))()).text;
}

describe('/metrics', () => {
  it.skipIf(!hasPromtool)('has nothing that promtool complains about', async () => {
    const checked = promtool(['check', 'metrics'], await metricsText());
    expect(checked).toEqual({ status: 0, said: '' });
  });

  it('has every metric of the alert rules, of the board and of the page about it', () => {
    for (const file of [RULES, BOARD]) {
      const found = metricsIn(readFileSync(file, 'utf8'));
      expect(found.length, file).toBeGreaterThan(15);
      expect(
        found.filter((name) => !NAMES.includes(name)),
        file,
      ).toEqual([]);
    }
  });

  it('is described in full on its page', () => {
    const rows = readFileSync(PAGE, 'utf8')
      .split('\n')
      .flatMap((line) => /^\| `(waymark_\w+)` \| (\w+) \| (.*?) \| (.+) \|$/.exec(line) ?? [])
      .filter((text) => text !== undefined);
    const found = [];
    for (let index = 0; index < rows.length; index += 5)
      found.push(rows.slice(index + 1, index + 5).join(' | '));
    const wanted = Object.entries(METRICS).map(([name, metric]) => {
      const labels = 'labels' in metric ? metric.labels.map((label) => `\`${label}\``) : [];
      return [name, metric.type, labels.join(', '), metric.help].join(' | ');
    });
    expect(found).toEqual(wanted);
  });

  it('has few labels, and none for an id or a path', () => {
    const labels = Object.values(METRICS).flatMap((metric) =>
      'labels' in metric ? [...metric.labels] : [],
    );
    expect([...new Set(labels)].toSorted()).toEqual(LABELS);
  });
});

/** Each has values from a list in the code, or is named by the user's own configuration. */
const LABELS = [
  ...['cause', 'fate', 'handler', 'health', 'kind', 'mode', 'outcome', 'percentile', 'result'],
  ...['role', 'state', 'task', 'topic', 'version', 'window'],
];

describe('the alert rules', () => {
  it.skipIf(!hasPromtool)('are understood by Prometheus', () => {
    const { status, said } = promtool(['check', 'rules', RULES]);
    expect({ status, said: said.trim().split('\n').slice(1) }).toEqual({
      ...{ status: 0, said: [expect.stringMatching(/^ {2}SUCCESS: \d+ rules found$/)] },
    });
  });

  it.skipIf(!hasPromtool)('fire when they should, and not while all is well', () => {
    const { status, said } = promtool(['test', 'rules', RULE_TESTS]);
    expect(said).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  it('each have a test, a remedy and a row on the page', () => {
    const [text, page, tests] = [RULES, PAGE, RULE_TESTS].map((file) => readFileSync(file, 'utf8'));
    const rules = (text ?? '').split('- alert: ').slice(1);
    expect(rules.length).toBeGreaterThan(10);
    for (const rule of rules) {
      const name = rule.split('\n')[0] ?? '';
      expect(rule, name).toMatch(/severity: (?:warning|critical)\n/);
      expect(rule, name).toMatch(/remedy: waymark /);
      expect(tests, name).toContain(`alertname="${name}"`);
      expect(page, name).toContain(`| \`${name}\` |`);
    }
  });
});

describe('the board', () => {
  it('has panels with a title and a query each, that lie beside each other', () => {
    const board: unknown = JSON.parse(readFileSync(BOARD, 'utf8'));
    expect(board).toMatchObject({ uid: 'waymark', title: 'waymark' });
    const panels = panelsOf(board);
    expect(panels.length).toBeGreaterThan(25);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, type, gridPos, targets = [] } of panels) {
      expect(title).not.toBe('');
      expect(targets.length > 0, title).toBe(type !== 'row');
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), `${title} overlaps another panel`).toBe(false);
          taken.add(`${x} ${y}`);
        }
    }
  });

  it('shows each metric of the table', () => {
    const shown = metricsIn(readFileSync(BOARD, 'utf8'));
    const left = NAMES.filter((name) => !shown.includes(name));
    expect(left).toEqual(UNSHOWN);
  });

  it.skipIf(!hasPromtool)('has queries that Prometheus understands', () => {
    const queries = panelsOf(JSON.parse(readFileSync(BOARD, 'utf8'))).flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
    );
    const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
    const file = `${tempFolder()}/board.yml`;
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'board', rules }] })); // JSON is YAML
    const { status, said } = promtool(['check', 'rules', file]);
    expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') });
  });
});

/** The board shows ages instead. */
const UNSHOWN = [
  'waymark_worker_heartbeat_timestamp_seconds',
  'waymark_worker_last_entry_timestamp_seconds',
];

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: ReadonlyArray<{ readonly expr: string }>;
}

function panelsOf(board: unknown): readonly Panel[] {
  const { panels }: { readonly panels: readonly Panel[] } = Object(board);
  return panels;
}
