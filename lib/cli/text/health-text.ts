import type { Health } from '../../query/health/score.ts';
import type { HealthSample } from '../../query/health/health.ts';
import type { Status } from '../../query/status.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatHealthScore } from './outcome-mark.ts';
import type { Paint } from './paint.ts';
import { abbreviateHome } from './tilde.ts';

const MAX_SESSIONS = 5;
const BARS = '▁▂▃▄▅▆▇█';
const MAX_BARS = 20;

/**
 * The score of each worker and the course of the last hour, then sessions with something wrong.
 * None without workers and such sessions.
 */
export function formatHealthRows(
  { health, workers }: Pick<Status, 'health' | 'workers'>,
  paint: Paint,
): string[][] {
  const alive = new Set(workers.filter(({ state }) => state !== 'dead').map(({ id }) => id));
  const ofWorkers = health.workers
    .filter(({ id }) => alive.has(id))
    .map((own, index) => {
      const course = index === 0 ? courseText(health.lastHour, paint) : '';
      return `${healthText(own, paint)}${course}`;
    });
  const ofSessions = health.sessions
    .filter(({ score }) => score < 100)
    .slice(0, MAX_SESSIONS)
    .map(({ id, project, ...own }) => {
      const where = project === null ? '' : ` ${oneLine(abbreviateHome(project))}`;
      return `${healthText(own, paint)} ${paint.dim(`${id.slice(0, 8)}${where}`)}`;
    });
  return [...ofWorkers, ...ofSessions].map((line, index) => [
    index === 0 ? paint.bold('Health') : '',
    line,
  ]);
}

/** `70 of 100: it polls: … (−30)`. */
function healthText({ score, reasons }: Health, paint: Paint): string {
  const texts = reasons.map(({ text, points }) => `${oneLine(text)} (−${points})`);
  return `${formatHealthScore(score, paint)}${texts.length === 0 ? '' : `: ${texts.join(', ')}`}`;
}

/** The latest samples as bars; nothing while all of them are 100. */
function courseText(samples: readonly HealthSample[], paint: Paint): string {
  if (samples.every(({ score }) => score === 100)) return '';
  const bars = samples.slice(-MAX_BARS).map(({ score }) => {
    const height = Math.round((Math.min(100, Math.max(0, score)) / 100) * (BARS.length - 1));
    return BARS[height] ?? '';
  });
  return ` ${paint.dim(`· last hour ${bars.join('')}`)}`;
}
