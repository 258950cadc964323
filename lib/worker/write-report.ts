import { execFile } from 'node:child_process';
import { numberField, parseJson, isJsonObject, stringField } from '../core/json.ts';
import { packageFolder } from '../core/package-folder.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { WantedReport, WrittenReport } from '../delivery/builtin/write-report.ts';
import { workerEnvironment } from '../hook/autostart.ts';

/** A report over millions of events takes seconds; it ends before its delivery is given up. */
const TIME_LIMIT_MS = 25_000;
const MAX_OUTPUT_BYTES = 64 * 1024;

/**
 * Writes a report in a process of its own, so that entries are applied meanwhile and its memory
 * goes with it.
 * @throws what the process says when it cannot.
 */
export function writeReport(folder: StateFolder, wanted: WantedReport): Promise<WrittenReport> {
  const { report } = wanted;
  const args = [`${packageFolder()}/dist/waymark.cjs`, ...reportArguments(wanted)];
  const options = {
    cwd: folder.root,
    env: workerEnvironment(process.env, folder.root),
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const found = parseJson(stdout);
      const [written] = Array.isArray(found) ? found : [];
      if (error === null && isJsonObject(written))
        resolve({
          file: stringField(written, 'file') ?? '',
          bytes: numberField(written, 'bytes') ?? 0,
        });
      else reject(new Error(`Cannot write report ${report}: ${reasonIn(stderr, error)}`));
    });
  });
}

/** Its words come from an event: none of them is read as an option. */
export function reportArguments({ report, format, since }: WantedReport): readonly string[] {
  const from = since === undefined ? [] : [`--since=${since}`];
  return ['report', '--keep', '--json', `--format=${format}`, ...from, '--', report];
}

function reasonIn(stderr: string, error: Error | null): string {
  const said = parseJson(stderr);
  const fault = isJsonObject(said) ? said['error'] : undefined;
  const message = isJsonObject(fault) ? stringField(fault, 'message') : undefined;
  return message ?? error?.message.split('\n')[0] ?? 'it printed nothing';
}
