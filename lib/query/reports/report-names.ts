/** Every report, in the order in which they are listed. */
export const REPORTS = [
  { name: 'weekly', days: 7, summary: 'what happened, what it cost, what to change' },
  { name: 'cost', days: 30, summary: 'dollars and tokens by day, model, project and agent' },
  { name: 'security', days: 30, summary: 'posture, checklist, risky commands and secrets' },
  { name: 'routing', days: 30, summary: 'which agent does how well at which kind of task' },
  { name: 'performance', days: 7, summary: 'latency, queue, failures, handlers, slow tools' },
] as const;

export type ReportName = (typeof REPORTS)[number]['name'];

export const REPORT_NAMES: readonly ReportName[] = REPORTS.map(({ name }) => name);

/** How many days a report covers where nothing else is asked for. */
export function usualDays(name: ReportName): number {
  return REPORTS.find((report) => report.name === name)?.days ?? 7;
}

/** Whether a report shows one machine, its settings and its worker: a team has none. */
export function isOfOneMachine(name: ReportName): boolean {
  return name === 'security' || name === 'performance';
}
