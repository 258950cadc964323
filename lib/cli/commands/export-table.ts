import { resolve } from 'node:path';
import { writeFreshFile } from '../../actions/write-fresh-file.ts';
import { WaymarkError } from '../../core/errors.ts';
import { formatBytes, plural } from '../../core/units.ts';
import type { ExportRow, ExportTable } from '../../query/export-tables.ts';
import { queryStore } from '../../query/store-view.ts';
import { renderTableCsv, renderTableJsonLines } from '../../report/table-rows.ts';
import type { CommandContext } from '../command-context.ts';
import { parseWhen } from '../text/parse-when.ts';

/** Of `waymark export`, what a table takes. */
export interface TableFlags {
  readonly since?: string;
  readonly format?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly share?: boolean;
  readonly json?: boolean;
}

type Render = (table: ExportTable, rows: Iterable<ExportRow>) => Iterable<string>;

const FORMATS: Readonly<Record<string, Render>> = {
  jsonl: renderTableJsonLines,
  csv: renderTableCsv,
};

/** `waymark export --table NAME`: rows of the store, as many as there are, a piece at a time. */
export async function exportTable(
  context: CommandContext,
  table: ExportTable,
  flags: TableFlags,
): Promise<void> {
  const format = formatOf(flags);
  const render = FORMATS[format];
  if (render === undefined)
    throw usage(
      `Cannot export a table as ${format}: there is no such format`,
      `Use --format ${Object.keys(FORMATS).join(', --format ')}.`,
    );
  if (flags.share === true)
    throw usage(
      'Cannot use --share with --table: it masks the text of one session',
      'Give a session instead: `waymark export ID --share`.',
    );
  if (flags.json === true && flags.out === undefined)
    throw usage(
      'Cannot use --json without --out: standard output has the table',
      'Add --out FILE, or use --format jsonl.',
    );
  const since =
    flags.since === undefined ? undefined : parseWhen(flags.since, context.clock(), '--since');
  await queryStore(context.folder(), undefined, async (database) => {
    const counted = counting(table.rows(database, since));
    write(context, flags, {
      table: table.name,
      format,
      counted,
      pieces: render(table, counted.rows),
    });
    return undefined;
  });
}

interface Writing {
  readonly table: string;
  readonly format: string;
  readonly counted: { readonly count: () => number };
  readonly pieces: Iterable<string>;
}

function write(context: CommandContext, flags: TableFlags, writing: Writing): void {
  const { table, format, counted, pieces } = writing;
  if (flags.out === undefined) {
    for (const piece of pieces) {
      if (context.readerGone?.().aborted === true) return;
      context.print(piece.replace(/\n$/, '')); // a piece ends with a line end of its own
    }
    return;
  }
  const file = resolve(context.cwd, flags.out);
  const bytes = writeFreshFile(file, pieces, { replace: flags.force === true });
  const rows = counted.count();
  if (flags.json === true) context.printJson({ table, file, format, rows, bytes });
  else context.print(`Wrote ${file}: ${plural(rows, 'row')}, ${formatBytes(bytes)}.`);
}

function counting(rows: Iterable<ExportRow>): {
  readonly rows: Iterable<ExportRow>;
  readonly count: () => number;
} {
  let count = 0;
  function* counted(): Generator<ExportRow> {
    for (const row of rows) {
      count += 1;
      yield row;
    }
  }
  return { rows: counted(), count: () => count };
}

function formatOf({ format, out }: TableFlags): string {
  return format ?? /\.(\w+)$/.exec(out ?? '')?.[1]?.toLowerCase() ?? 'jsonl';
}

function usage(message: string, remedy: string): WaymarkError {
  return new WaymarkError('USAGE', message, { remedy });
}
