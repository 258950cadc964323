import { resolveConfig } from '../../config/resolve.ts';
import { type EventDraft, PRIORITY, sealEvent } from '../../events/envelope.ts';
import { reasonOf } from '../../core/errors.ts';
import { stampSource } from '../../events/event-id.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import type { AuditFinding } from './audit.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { queueFolder } from '../../queue/queue-folder.ts';
import { ringAll } from '../../queue/wakeup/ring.ts';
import type { CommandContext } from '../command-context.ts';

const SCANNER = 'waymark-audit';

/** More findings than this are counted, not told one by one. */
const MOST_TOLD = 100;

/**
 * Makes an event of an audit, and one of each finding: where and which kind, never what. The ids of these follow from that of the first.
 * An audit is not spoilt by a queue that takes nothing: that is a warning.
 */
export function tellAudit(
  {
    folder,
    environment,
    clock,
    warn,
  }: Pick<CommandContext, 'folder' | 'environment' | 'clock' | 'warn'>,
  findings: readonly AuditFinding[],
): void {
  const place = folder();
  const { durability, queueCap, entryCap } = resolveConfig({
    environment,
    userFile: place.configFile,
  }).values;
  const options = {
    durability: durability === 'file' || durability === 'full' ? durability : 'none',
    queueCap,
    entryCap,
  } as const;
  const nextStamp = stampSource(clock);
  const told = findings.slice(0, MOST_TOLD);
  const send = (draft: EventDraft, id?: string): string => {
    const stamp = nextStamp();
    const event = {
      ...sealEvent(draft, stamp, 'cli'),
      ...(id === undefined ? {} : { event_id: id }),
    };
    enqueue(queueFolder(place.queue), event, stamp, draft.priority, options);
    return event.event_id;
  };
  try {
    const scan = send(scanCompleted(findings, told.length));
    for (const [index, finding] of told.entries())
      send(
        vulnerabilityFound(finding, scan),
        `security_vulnerability_${index}_${shortHash16(scan)}`,
      );
    ringAll(place.wake);
  } catch (error) {
    warn(`Cannot tell of the audit: ${reasonOf(error)}`);
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
