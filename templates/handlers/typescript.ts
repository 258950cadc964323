import { appendFileSync, mkdirSync } from 'node:fs';
import { defineHandler } from 'waymark';

// Of a default export, the handler bears the name of the file. Several handlers in one file:
// `export const NAME = defineHandler(…)`.
export default defineHandler({
  on: 'task.failed',
  // timeout: 30, concurrency: 1, attempts: 5, filter: 'payload.call.tool=Bash',

  /**
   * Returns when the work is done. Whatever is thrown is a failed attempt, and tried again, up to
   * `attempts`.
   */
  async handle(event, { log }) {
    const { tool = '?', target = '' } = event.payload.call ?? {};
    const folder = `${process.env.WAYMARK_HOME}/log`;
    mkdirSync(folder, { recursive: true });
    appendFileSync(`${folder}/my-failures.log`, `${event.timestamp} ${tool}: ${target}\n`);
    log(`noted ${event.event_type} ${event.event_id}`);
    // await emit({ type: 'note.made', payload: { tool } }); with `emit` beside `log` above
  },
});
