import { DAY_MS } from '../../core/clock.ts';
import { findFolderFault } from '../../core/folder-fault.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { formatDuration, plural } from '../../core/units.ts';
import { installedSettings, isForPlugin } from '../doctor/installed-settings.ts';
import { named } from './finding.ts';
import type { LastScan, SecurityEvents } from './read-security.ts';

/** One line of the checklist of the security report. Field names are a contract. */
export interface SecurityCheck {
  readonly id: string;
  readonly ok: boolean;
  /** Whether the posture is at risk while it is not `ok`. */
  readonly isGrave: boolean;
  readonly message: string;
  /** What to do; `null` where nothing is to be done. */
  readonly remedy: string | null;
}

/** Overall state: `at risk` while a grave check fails, `attention` while another one does. */
export type Posture = 'good' | 'attention' | 'at risk';

/** Scans that are older say little about today's dependencies. */
const FRESH_MS = 30 * DAY_MS;

/** The scanner that `waymark doctor --audit` reports as. */
const OWN_AUDIT = 'waymark-audit';

export function securityChecklist(
  folder: StateFolder,
  events: SecurityEvents,
  now: number,
): readonly SecurityCheck[] {
  return [
    checkFolder(folder),
    checkHooks(folder),
    checkCommands(events),
    checkSecrets(events),
    checkPolicies(events),
    checkScans(events.scans, now),
    ...checkWeakPlaces(events.scans),
    checkAudit(events.scans, now),
  ];
}

export function postureOf(checks: readonly SecurityCheck[]): Posture {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.some(({ isGrave }) => isGrave)) return 'at risk';
  return failed.length > 0 ? 'attention' : 'good';
}

function check(
  id: string,
  isGrave: boolean,
  problem: string | undefined,
  texts: { readonly good: string; readonly remedy: string },
): SecurityCheck {
  const ok = problem === undefined;
  return { id, isGrave, ok, message: problem ?? texts.good, remedy: ok ? null : texts.remedy };
}

function checkFolder({ root }: StateFolder): SecurityCheck {
  const fault = findFolderFault(root);
  return check('state-folder', true, fault && `The state folder is not private: ${fault.problem}`, {
    good: 'Only you can read the state folder.',
    remedy: fault?.remedy ?? '',
  });
}

function checkHooks(folder: StateFolder): SecurityCheck {
  const isWired = installedSettings(folder).length > 0 || isForPlugin(folder);
  return check(
    'hooks',
    false,
    isWired ? undefined : 'No hooks are installed: nothing is watched.',
    {
      good: 'Hooks are installed: commands and inputs of tools are looked at.',
      remedy: 'Run `waymark install`.',
    },
  );
}

function checkCommands({ lines }: SecurityEvents): SecurityCheck {
  const grave = lines.filter(
    ({ type, severity }) => type === 'risky_command' && severity === 'critical',
  );
  const ran = grave.reduce((sum, line) => sum + line.ran, 0);
  return check(
    'risky-commands',
    true,
    ran === 0 ? undefined : `${plural(ran, 'critical command')} ran to the end.`,
    {
      good: 'No critical command ran to the end.',
      remedy:
        'Look at each: `waymark events --type security.risky_command`. Deny such commands in the permissions of Claude Code.',
    },
  );
}

function checkSecrets({ lines }: SecurityEvents): SecurityCheck {
  const count = sumOf(lines, 'secret_found');
  return check(
    'secrets',
    true,
    count === 0
      ? undefined
      : `${plural(count, 'call')} had a secret in the input: the model has seen it.`,
    {
      good: 'No secret was in the input of a call.',
      remedy:
        'Replace these secrets: `waymark events --type security.secret_found` says where. Pass secrets by the environment.',
    },
  );
}

function checkPolicies({ lines }: SecurityEvents): SecurityCheck {
  const count = sumOf(lines, 'policy_violation');
  return check(
    'policies',
    false,
    count === 0 ? undefined : `Your policies were violated ${plural(count, 'time')}.`,
    {
      good: 'No policy of yours was violated.',
      remedy: 'See `waymark events --type security.policy_violation`.',
    },
  );
}

function checkScans(scans: readonly LastScan[], now: number): SecurityCheck {
  const [latest] = scans.filter(({ scanner }) => scanner !== OWN_AUDIT);
  const age = latest?.at == null ? undefined : now - Date.parse(latest.at);
  const problem =
    latest === undefined || age === undefined
      ? 'No scan of dependencies was recorded.'
      : age > FRESH_MS
        ? `The latest scan (${named(latest.scanner)}) is ${formatDuration(age)} old.`
        : undefined;
  return check('scans', false, problem, {
    good: `A scanner ran in the last 30 days: ${named(latest?.scanner ?? '')}.`,
    remedy: 'Run a scanner in a session, such as `npm audit --json`.',
  });
}

/** Nothing is said where nothing was scanned: `scans` says that then. */
function checkWeakPlaces(scans: readonly LastScan[]): readonly SecurityCheck[] {
  const ofDependencies = scans.filter(({ scanner }) => scanner !== OWN_AUDIT);
  if (ofDependencies.length === 0) return [];
  const open = ofDependencies.filter(({ grave }) => grave > 0);
  const count = open.reduce((sum, { grave }) => sum + grave, 0);
  const where = open
    .slice(0, 3)
    .map(
      ({ scanner, project }) =>
        `${named(scanner)}${project === null ? '' : ` in ${named(project)}`}`,
    )
    .join(', ');
  const problem =
    count === 0
      ? undefined
      : `The latest scans name ${plural(count, 'critical or high vulnerability', 'critical or high vulnerabilities')}: ${where}.`;
  return [
    check('vulnerabilities', true, problem, {
      good: 'The latest scans name no critical or high vulnerability.',
      remedy:
        'Upgrade what `waymark events --type security.vulnerability_found` names, then scan again.',
    }),
  ];
}

function checkAudit(scans: readonly LastScan[], now: number): SecurityCheck {
  const audit = scans.find(({ scanner }) => scanner === OWN_AUDIT);
  const isFresh = audit?.at != null && now - Date.parse(audit.at) <= FRESH_MS;
  const found = audit?.findings ?? 0;
  const problem = !isFresh
    ? 'The store was not searched for secrets in the last 30 days.'
    : found > 0
      ? `The latest search of the store found ${plural(found, 'secret')}.`
      : undefined;
  return check('audit', found > 0, problem, {
    good: 'The store was searched for secrets in the last 30 days; there are none.',
    remedy: 'Run `waymark doctor --audit`.',
  });
}

function sumOf(lines: SecurityEvents['lines'], type: string): number {
  return lines.reduce((sum, line) => sum + (line.type === type ? line.count : 0), 0);
}
