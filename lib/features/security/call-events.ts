import { isoTime } from '../../core/clock.ts';
import type { EventEnvelope, Urgency } from '../../events/envelope.ts';
import type { JsonObject } from '../../core/json.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { RISK_RULES, findRisks } from './risk/find-risks.ts';
import { SEVERITIES } from './risk/risk-rule.ts';
import type { Finding, ScanReport } from './scan/scan-report.ts';
import { detectScanner } from './scan/scanners.ts';
import { secretKinds } from '../../secrets/secret-kinds.ts';

/** A call, as the store knows it. Times are milliseconds since the epoch. */
export interface KnownCall {
  readonly toolUseId: string;
  readonly session: string;
  readonly agentId: string | null;
  readonly project: string | null;
  readonly tool: string;
  /** Redacted and cut. */
  readonly target: string;
  readonly at: number;
  /** `ok`, `failed`, `rejected`, `running`. */
  readonly outcome: string;
  readonly error: string | null;
  /** Whether its outcome is final. */
  readonly isSettled: boolean;
  /** Risk rules that only the complete command matches. */
  readonly risks: readonly string[];
  /** `field: kind` of secrets that only the complete input contains. */
  readonly secrets: readonly string[];
  /** What a scanner printed. */
  readonly report: ScanReport | undefined;
}

/**
 * Creates the events of a call. Each id is derived from the call's id, so that checking again
 * changes nothing.
 */
export function createCallEvents(call: KnownCall): readonly EventEnvelope[] {
  const scanner =
    call.tool === 'Bash' ? (detectScanner(call.target) ?? call.report?.scanner) : undefined;
  const scans =
    scanner === undefined || !call.isSettled || call.outcome === 'rejected'
      ? []
      : scanEvents(call, scanner);
  return [...secretEvents(call), ...riskEvents(call), ...scans];
}

/** Whether a call must be checked again when its outcome is final. */
export function isAwaited(call: KnownCall): boolean {
  return !call.isSettled && call.tool === 'Bash' && detectScanner(call.target) !== undefined;
}

function secretEvents(call: KnownCall): readonly EventEnvelope[] {
  const inTarget = secretKinds(call.target).map((kind) => `${targetField(call.tool)}: ${kind}`);
  const places = [...new Set([...inTarget, ...call.secrets])].sort();
  if (places.length === 0) return [];
  const message = `The input of ${call.tool} contains a secret`;
  return [
    event(call, 'secret', 'security.secret_found', 'high', {
      rule: 'secret-in-input',
      message,
      target: call.target,
      places,
    }),
  ];
}

function targetField(tool: string): string {
  if (tool === 'Bash') return 'command';
  return tool === 'WebFetch' ? 'url' : 'target';
}

function riskEvents(call: KnownCall): readonly EventEnvelope[] {
  if (call.tool !== 'Bash') return [];
  const rules = new Set([...findRisks(call.target).map(({ rule }) => rule), ...call.risks]);
  const found = RISK_RULES.filter(({ id }) => rules.has(id)).toSorted(
    (one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity),
  );
  const [worst] = found;
  if (worst === undefined) return [];
  const message = `A command ${worst.says}`;
  return [
    event(call, 'risk', 'security.risky_command', worst.severity, {
      rule: worst.id,
      message,
      command: call.target,
      rules: found.map(({ id }) => id),
    }),
  ];
}

function scanEvents(call: KnownCall, scanner: string): readonly EventEnvelope[] {
  const { report, outcome, error, target } = call;
  const status =
    outcome === 'ok' ? 0 : Number(/^Exit code (\d{1,3})\b/.exec(error ?? '')?.[1] ?? Number.NaN);
  const found = report?.found ?? [];
  const counts =
    report === undefined
      ? {}
      : {
          ...(report.findings === undefined ? {} : { findings: report.findings }),
          severities: report.severities,
          named: found.length,
        };
  const done = {
    scanner,
    command: target,
    ...(Number.isNaN(status) ? {} : { exit: status }),
    ...counts,
  };
  return [
    event(call, 'scan', 'security.scan_completed', undefined, done),
    ...found.map((one, index) => vulnerability(call, scanner, one, index)),
  ];
}

function vulnerability(
  call: KnownCall,
  scanner: string,
  finding: Finding,
  index: number,
): EventEnvelope {
  const { name, severity, id, title, place } = finding;
  const message = [name, title ?? id]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
  const known = {
    ...(id === undefined ? {} : { id }),
    ...(title === undefined ? {} : { title }),
    ...(place === undefined ? {} : { place }),
  };
  return event(
    call,
    `vulnerability_${index}`,
    'security.vulnerability_found',
    SEVERITIES.find((word) => word === severity),
    { scanner, rule: id ?? name, name, message, ...known },
  );
}

/** Creates an event. A scan has no severity, only its findings have one. */
function event(
  call: KnownCall,
  part: string,
  type: string,
  severity: Urgency | undefined,
  own: JsonObject,
): EventEnvelope {
  const { session, agentId, project, tool, toolUseId } = call;
  const place = {
    session_id: session,
    ...(agentId === null ? {} : { agent_id: agentId }),
    ...(project === null ? {} : { project }),
  };
  return {
    event_id: `security_${part}_${shortHash16(toolUseId)}`,
    event_type: type,
    timestamp: isoTime(call.at),
    source: 'worker',
    correlation_id: session,
    ...(severity === undefined ? {} : { metadata: { priority: severity } }),
    payload: {
      ...place,
      tool,
      tool_use_id: toolUseId,
      ...(severity === undefined ? {} : { severity }),
      ...own,
    },
  };
}
