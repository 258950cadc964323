import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emitAuditEvents } from '../../../lib/actions/audit-secrets.ts';
import { parseEnvelope } from '../../../lib/events/envelope-schema.ts';
import { testHome } from '../../support/test-home.ts';

const FINDING = { table: 'operations', column: 'target', rowKey: 't1', kind: 'token-shape' };

function setUp() {
  const { folder, queue } = testHome();
  const warnings: string[] = [];
  const tell = (count: number): void =>
    emitAuditEvents(
      { folder, environment: {}, clock: () => 1_700_000_000_000 },
      Array.from({ length: count }, () => FINDING),
      (problem) => void warnings.push(problem),
    );
  const sent = () =>
    readdirSync(`${queue.pending}/5`)
      .sort()
      .map((file) => parseEnvelope(JSON.parse(readFileSync(`${queue.pending}/5/${file}`, 'utf8'))))
      .map((result) => (result.ok ? result.event : undefined));
  return { tell, sent, warnings };
}

describe('reportAudit', () => {
  it('makes an event of the audit and one of each finding, under ids that follow from it', () => {
    const { tell, sent } = setUp();
    tell(2);
    const [scan, ...found] = sent();
    expect(scan).toMatchObject({
      event_type: 'security.scan_completed',
      source: 'cli',
      payload: {
        scanner: 'waymark-audit',
        exit: 1,
        findings: 2,
        severities: { high: 2 },
        named: 2,
      },
    });
    expect(found).toMatchObject([
      {
        event_type: 'security.vulnerability_found',
        metadata: { cause: scan?.event_id, priority: 'high' },
        payload: { rule: 'token-shape', severity: 'high', place: 'operations.target t1' },
      },
      { event_type: 'security.vulnerability_found' },
    ]);
    expect(new Set(found.map((event) => event?.event_id)).size).toBe(2);
  });

  it('reports an audit that found nothing', () => {
    const { tell, sent } = setUp();
    tell(0);
    expect(sent()).toMatchObject([
      { event_type: 'security.scan_completed', payload: { exit: 0, findings: 0, named: 0 } },
    ]);
  });

  it('counts all findings and names a hundred', () => {
    const { tell, sent } = setUp();
    tell(150);
    expect(sent()).toHaveLength(101);
    expect(sent()[0]?.payload).toMatchObject({ findings: 150, named: 100 });
  });
});
