import type { ImportProgress, ImportResult } from '../lib/actions/import/import-transcripts.ts';
import { reasonOf } from '../lib/core/errors.ts';
import { formatBytes, formatCount, plural } from '../lib/core/units.ts';
import type { Prompts } from './prompts.ts';
import type { InstallerContext } from './installer-context.ts';

/**
 * The last question: whether the sessions that the client has kept are to be read, too. Asks
 * nothing where there are none. The hooks are in by now, so an import that fails, or is cancelled,
 * takes nothing back.
 */
export async function offerImport(context: InstallerContext, prompts: Prompts): Promise<void> {
  const { environment, clock, folder, command } = context;
  // only who is asked has to load them
  const [{ countTranscripts }, { importTranscripts }] = [
    await import('../lib/actions/import/plan-import.ts'),
    await import('../lib/actions/import/import-transcripts.ts'),
  ];
  const { sessions, bytes } = countTranscripts(environment);
  if (sessions === 0) return;
  const question = `Read the ${plural(sessions, 'session')} (${formatBytes(bytes)}) that Claude Code has kept?`;
  const later = `Later: \`${command} import\``;
  if (!(await isWanted(question, prompts))) return prompts.say(later);
  try {
    const result = await prompts.during('Reading the transcripts of Claude Code', (tell) =>
      importTranscripts(
        { environment, clock, folder },
        { from: [], onProgress: (progress) => tell(progressText(progress)) },
      ),
    );
    prompts.say(importedText(result));
  } catch (error) {
    prompts.warn(`Cannot import transcripts: ${reasonOf(error)}. ${later}`);
  }
}

/**
 * The line that says how to read the sessions that the client has kept; none if it has none. For
 * an installation that asks nothing.
 */
export async function mentionImport({
  environment,
  command,
}: InstallerContext): Promise<readonly string[]> {
  const { countTranscripts } = await import('../lib/actions/import/plan-import.ts');
  const { sessions, bytes } = countTranscripts(environment);
  return sessions === 0
    ? []
    : [
        `Past:  ${command} import  reads ${plural(sessions, 'session')} (${formatBytes(bytes)}) that Claude Code has kept`,
      ];
}

async function isWanted(question: string, prompts: Prompts): Promise<boolean> {
  try {
    return await prompts.confirm(question, true);
  } catch {
    return false; // cancelled: the hooks stay
  }
}

function progressText({ sessions, sessionsDone, bytes, bytesDone }: ImportProgress): string {
  const percent = bytes === 0 ? 100 : Math.floor((100 * Math.min(bytesDone, bytes)) / bytes);
  return `${percent} %: ${formatCount(sessionsDone)} of ${plural(sessions, 'session')}, ${formatBytes(bytesDone)} of ${formatBytes(bytes)}`;
}

function importedText({ sessions, added }: ImportResult): string {
  return `${plural(sessions, 'session')}: ${plural(added.prompts, 'prompt')}, ${plural(added.calls, 'call')}, ${formatCount(added.failures)} of them failed. Fixes are learned in the background.`;
}
