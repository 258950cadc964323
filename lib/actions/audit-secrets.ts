import { resolveConfig } from '../config/resolve.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { shortHash16 } from '../core/short-hash.ts';
import { type EventDraft, PRIORITY, sealEvent } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import { type AuditFinding, auditStore } from '../query/audit-store.ts';
import { openStoreView } from '../query/store-view.ts';
import { enqueue } from '../queue/enqueue.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import type { ActionContext } from './action-context.ts';

const SCANNER = 'waymark-audit';

/** Most findings that get an event of their own; the others are only counted. */
const MAX_NAMED = 100;

/**
 * Scans the whole store for secrets and reports the result as events.
 * @param onProblem Gets what could not be scanned or reported.
 * @returns where secrets may be, never what they are.
 * @throws {@link WaymarkError} STORE_UNAVAILABLE, STORE_CORRUPT.
 */
export async function auditSecrets(
  actionContext: ActionContext,
  onProblem: (problem: string) => void,
): Promise<readonly AuditFinding[]> {
  const view = openStoreView(actionContext.folder);
  if (view.state === 'missing') return [];
  if (view.state !== 'ok')
    throw new WaymarkError(
      view.state === 'corrupt' ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE',
      `Cannot audit the store: ${view.message}`,
    );
  try {
    const findings = auditStore(view.database);
    emitAuditEvents(actionContext, findings, onProblem);
    return findings;
  } finally {
    view.database.close();
  }
}

/**
 * Makes an event of an audit, and one of each finding: where and which kind, never what. The ids of
 * these follow from that of the first. A queue that takes nothing does not spoil the audit.
 */
export function emitAuditEvents(
  { folder, environment, clock }: ActionContext,
  findings: readonly AuditFinding[],
  onProblem: (problem: string) => void,
): void {
  const { durability, queueCap, entryCap } = resolveConfig({
    environment,
    userFile: folder.configFile,
  }).values;
  const options = {
    durability: durability === 'file' || durability === 'full' ? durability : 'none',
    queueCap,
    entryCap,
  } as const;
  const nextStamp = stampSource(clock);
  const named = findings.slice(0, MAX_NAMED);
  const send = (draft: EventDraft, id?: string): string => {
    const stamp = nextStamp();
    const event = {
      ...sealEvent(draft, stamp, 'cli'),
      ...(id === undefined ? {} : { event_id: id }),
    };
    enqueue(queueFolder(folder.queue), event, stamp, draft.priority, options);
    return event.event_id;
  };
  try {
    const scan = send(scanCompleted(findings, named.length));
    for (const [index, finding] of named.entries())
      send(
        vulnerabilityFound(finding, scan),
        `security_vulnerability_${index}_${shortHash16(scan)}`,
      );
    ringAll(folder.wake);
  } catch (error) {
    onProblem(`Cannot report the audit: ${reasonOf(error)}`);
  }
}

function scanCompleted(findings: readonly AuditFinding[], named: number): EventDraft {
  const severities = findings.length === 0 ? {} : { high: findings.length };
  return {
    type: 'security.scan_completed',
    priority: PRIORITY.normal,
    payload: {
      scanner: SCANNER,
      command: 'waymark doctor --audit',
      exit: findings.length === 0 ? 0 : 1,
      findings: findings.length,
      severities,
      named,
    },
  };
}

function vulnerabilityFound(
  { table, column, rowKey, kind }: AuditFinding,
  scan: string,
): EventDraft {
  const place = `${table}.${column} ${rowKey}`.slice(0, 300);
  return {
    type: 'security.vulnerability_found',
    priority: PRIORITY.normal,
    metadata: { priority: 'high', cause: scan },
    payload: {
      scanner: SCANNER,
      severity: 'high',
      rule: kind,
      name: kind,
      message: `The store may hold a secret: ${table}.${column}`,
      place,
    },
  };
}
