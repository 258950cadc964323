import type { Hono } from 'hono';
import { createMetricsReader } from '../../../metrics/read-metrics.ts';
import { readFigureSettings } from '../../../query/figures.ts';
import type { DashboardPlace } from '../place.ts';

/** `GET /metrics` in the format of Prometheus. */
export function addMetricsRoutes(app: Hono, place: DashboardPlace): void {
  const { folder, environment, clock, sleep } = place;
  const settings = () => readFigureSettings({ environment, userFile: folder.configFile });
  const read = createMetricsReader({ folder, clock, sleep, settings });
  app.get('/metrics', async (context) => {
    const { text, contentType } = await read();
    return context.body(text, 200, { 'content-type': contentType });
  });
}
