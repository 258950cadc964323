/** One thing that lowers a health score. Field names are a contract. */
export interface HealthReason {
  /** Stable, for scripts: `polling`, `queue-old`, `context-full` and so on. */
  readonly code: HealthCode;
  /** How much it takes off. */
  readonly points: number;
  readonly text: string;
}

/** How well a worker or a session does. Field names are a contract. */
export interface Health {
  /** 0 to 100; 100 means that nothing is wrong. */
  readonly score: number;
  /** What lowers it, the heaviest first. */
  readonly reasons: readonly HealthReason[];
}

/** Points that each reason takes off. */
export const HEALTH_POINTS = {
  dead: 100,
  stuck: 100,
  'store-down': 50,
  polling: 30,
  'watcher-dead': 20,
  'queue-old': 20,
  'queue-deep': 15,
  'entries-failing': 15,
  'dead-letters': 10,
  'pipe-missing': 10,
  slow: 10,
  memory: 10,
  'watcher-restarted': 5,
  'wake-ups-missed': 5,
  'other-version': 5,
  'context-full': 40,
  'turn-failed': 25,
  'context-high': 25,
  'calls-failing': 20,
  'failure-repeated': 15,
  'checkpoint-old': 15,
  'context-filling': 10,
} as const;

export type HealthCode = keyof typeof HEALTH_POINTS;

/** What lowers a score, as text by code; `undefined` for what is fine. */
export type HealthFindings = Readonly<Partial<Record<HealthCode, string | undefined>>>;

/** The score that these findings leave of 100. */
export function computeHealth(findings: HealthFindings): Health {
  const reasons = HEALTH_CODES.flatMap((code): readonly HealthReason[] => {
    const text = findings[code];
    return text === undefined ? [] : [{ code, points: HEALTH_POINTS[code], text }];
  }).toSorted((one, other) => other.points - one.points);
  const lost = reasons.reduce((sum, { points }) => sum + points, 0);
  return { score: Math.max(0, 100 - lost), reasons };
}

const HEALTH_CODES: readonly HealthCode[] = Object.keys(HEALTH_POINTS).filter(isHealthCode);

function isHealthCode(code: string): code is HealthCode {
  return Object.hasOwn(HEALTH_POINTS, code);
}
