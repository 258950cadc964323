import type { Hono } from 'hono';
import { readSecurityState, type SecurityState } from '../../../query/reports/security-state.ts';
import { countParameter, sendJson } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

export type SecurityAnswer = SecurityState;

/** `GET /api/security`: findings of some days, posture, trend and checklist. */
export function addSecurityRoutes(app: Hono, { folder, clock, runnable }: DashboardPlace): void {
  app.get('/api/security', async (context) => {
    const days = countParameter(context, 'days', { least: 1, most: 365, usual: 30 });
    const state = await readSecurityState(folder, clock(), days);
    const checks = state.checks.map((check) => ({
      ...check,
      remedy: check.remedy === null ? null : runnable(check.remedy),
    }));
    return sendJson(context, { ...state, checks });
  });
}
