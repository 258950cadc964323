import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { listFootprint } from '../../lib/claude/transcript/footprint.ts';
import { runAllSlices } from '../../lib/core/sliced.ts';
import {
  archiveSession,
  type ArchiveSessionParts,
  type SessionArchived,
  SessionMemory,
} from '../../lib/journal/transcripts/archive-session.ts';
import { seededRandom } from './seeded-random.ts';
import { tempFolder } from './temp-folder.ts';

/** The files of one session of the client below a config folder of its own, and an archive. */
export class ClientSession {
  readonly root = tempFolder('archive-');
  readonly base = `${this.root}/config`;
  readonly archive = `${this.root}/state/archive`;
  readonly session: string;
  readonly transcript: string;
  readonly memory = new SessionMemory();

  constructor(session = 's-1', bucket = '-work-app') {
    this.session = session;
    this.transcript = `projects/${bucket}/${session}.jsonl`;
  }

  get transcriptPath(): string {
    return `${this.base}/${this.transcript}`;
  }

  /** Writes a file below the config folder. */
  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(`${this.base}/${path}`), { recursive: true });
    writeFileSync(`${this.base}/${path}`, content);
  }

  /** Appends to the transcript. */
  append(text: string): void {
    mkdirSync(dirname(this.transcriptPath), { recursive: true });
    appendFileSync(this.transcriptPath, text);
  }

  /** Archives what is new; closed: nobody writes it any more. */
  save(
    parts: Partial<ArchiveSessionParts> = {},
    transcriptPath = this.transcriptPath,
  ): SessionArchived {
    const footprint = listFootprint(transcriptPath, this.session);
    if (footprint === undefined) throw new Error('no footprint');
    return runAllSlices(
      archiveSession(footprint, {
        archive: this.archive,
        clock: () => 1_790_000_000_000,
        isClosed: false,
        memory: this.memory,
        ...parts,
      }),
    );
  }
}

/** Lines as a transcript has them, of words that repeat as text does; `seed` makes others. */
export function transcriptLines(count: number, seed = 1): string {
  const random = seededRandom(seed);
  const words = 'the parser reads dates rounding cents of every calendar in src/a.ts'.split(' ');
  return Array.from({ length: count }, (_none, index) => {
    const text = Array.from({ length: 40 }, () => words[Math.floor(random() * words.length)]);
    const message = { role: 'assistant', content: [{ type: 'text', text: text.join(' ') }] };
    const uuid = `${seed}-${index}-${Math.floor(random() * 1e9).toString(36)}`;
    return `${JSON.stringify({ type: 'assistant', uuid, message })}\n`;
  }).join('');
}
