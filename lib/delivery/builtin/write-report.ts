import { PRIORITY } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

/** Which report is to be written. */
export interface WantedReport {
  readonly report: string;
  readonly format: string;
  readonly since?: string;
}

export interface WrittenReport {
  readonly file: string;
  readonly bytes: number;
}

export interface ReportParts extends BuiltinParts {
  /**
   * Writes a report into the state folder.
   * @returns why none was needed, if none was written. @throws to be tried again.
   */
  readonly writeReport: (wanted: WantedReport) => Promise<WrittenReport | string>;
}

/** Writes the report that is asked for, most often by a schedule. */
export function reportHandler({ writeReport, ...parts }: ReportParts): Subscription {
  return builtin(parts, {
    name: 'report',
    types: ['system.report_requested'],
    async handle({ payload }) {
      const since = stringField(payload, 'since');
      const wanted = {
        report: stringField(payload, 'report') ?? 'weekly',
        format: stringField(payload, 'format') ?? 'html',
        ...(since === undefined ? {} : { since }),
      };
      const written = await writeReport(wanted);
      if (typeof written === 'string') return { output: written };
      const { report, format } = wanted;
      return {
        answers: [
          {
            type: 'system.report_written',
            priority: PRIORITY.bulk,
            payload: { report, format, ...written },
          },
        ],
        output: written.file,
      };
    },
  });
}
