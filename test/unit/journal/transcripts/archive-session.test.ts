import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listFootprint } from '../../../../lib/claude/transcript/footprint.ts';
import {
  hasTails,
  isArchived,
  SessionMemory,
} from '../../../../lib/journal/transcripts/archive-session.ts';
import {
  type ArchivedFile,
  archivedBytes,
  archivedFiles,
  archivedLines,
} from '../../../../lib/journal/transcripts/read-archived.ts';
import { ClientSession, transcriptLines } from '../../../support/client-session.ts';

const bytesOf = (file: ArchivedFile | undefined): Buffer =>
  file === undefined ? Buffer.from('missing') : Buffer.concat([...archivedBytes(file)]);

const filesOf = (client: ClientSession): readonly ArchivedFile[] =>
  archivedFiles(client.archive, client.session);

const branchesOf = (client: ClientSession): Readonly<Record<string, string>> =>
  Object.fromEntries(filesOf(client).map((file) => [file.branch, bytesOf(file).toString()]));

const archiveNames = (client: ClientSession): readonly string[] =>
  readdirSync(`${client.archive}/transcripts/${client.session}`).toSorted();

describe('archiving a session', () => {
  it('keeps every file of its footprint, byte by byte', () => {
    const client = new ClientSession();
    const contents: Readonly<Record<string, Buffer>> = {
      [client.transcript]: Buffer.from(transcriptLines(40)),
      'projects/-work-app/s-1/subagents/agent-a.jsonl': Buffer.from(transcriptLines(3, 2)),
      'projects/-work-app/s-1/tool-results/toolu_1.txt': Buffer.from('x'.repeat(70_000)),
      'file-history/s-1/0a1b@v1': Buffer.from([0, 255, 10, 13, 0]),
      'tasks/s-1/1.json': Buffer.from('{"id":"1"}'),
      'tasks/s-1/.empty': Buffer.alloc(0),
    };
    for (const [path, content] of Object.entries(contents)) client.write(path, content);
    client.write('file-history/s-2/other', 'not of this session');
    client.save();
    const kept = Object.fromEntries(filesOf(client).map((file) => [file.path, bytesOf(file)]));
    expect(kept).toEqual(contents);
    expect(new Set(filesOf(client).map(({ base }) => base))).toEqual(new Set([client.base]));
  });

  it('keeps its files to the user alone', () => {
    const client = new ClientSession();
    client.append(transcriptLines(2));
    client.save();
    const folder = `${client.archive}/transcripts/s-1`;
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of archiveNames(client))
      expect(statSync(`${folder}/${name}`).mode & 0o777, name).toBe(0o600);
  });

  it('keeps a growing file as a tail until a block is worth compressing', () => {
    const client = new ClientSession();
    client.append(transcriptLines(10));
    expect(client.save().added).toBe(statSync(client.transcriptPath).size);
    expect(hasTails(client.archive, 's-1')).toBe(true);
    client.append(transcriptLines(5, 2));
    expect(client.save().added).toBe(transcriptLines(5, 2).length);
    client.append(transcriptLines(3_600, 3));
    client.save();
    const [file] = filesOf(client);
    expect(file?.content.blocks.length).toBeGreaterThan(0);
    expect(file?.content.tails.length).toBeLessThanOrEqual(1);
    expect(bytesOf(file).equals(readFileSync(client.transcriptPath))).toBe(true);
    expect(client.save().added).toBe(0);
  });

  it('compresses all of a session that is complete', () => {
    const client = new ClientSession();
    client.append(transcriptLines(10));
    client.save();
    client.save({ isClosed: true });
    expect(hasTails(client.archive, 's-1')).toBe(false);
    expect(bytesOf(filesOf(client)[0]).toString()).toBe(transcriptLines(10));
  });

  it('compresses the tail of a file that the client has deleted', () => {
    const client = new ClientSession();
    client.append(transcriptLines(10));
    client.save();
    rmSync(client.transcriptPath);
    client.save({ isClosed: true });
    expect(hasTails(client.archive, 's-1')).toBe(false);
    expect(bytesOf(filesOf(client)[0]).toString()).toBe(transcriptLines(10));
  });

  it('keeps what the client cut off, and what it wrote instead', () => {
    const client = new ClientSession();
    const [begin, old, fresh] = [transcriptLines(4), transcriptLines(6, 2), transcriptLines(3, 3)];
    client.append(begin + old);
    client.save();
    truncateSync(client.transcriptPath, begin.length);
    expect(client.save()).toMatchObject({ added: 0, branched: [] });
    client.append(fresh);
    expect(client.save().branched).toEqual([client.transcript]);
    client.append(begin);
    client.save();
    expect(branchesOf(client)).toEqual({ main: begin + old, 'branch-1': begin + fresh + begin });
    expect(filesOf(client).map(({ shared }) => shared)).toEqual([0, begin.length]);
  });

  it('notices a file that was replaced by one as long', () => {
    const client = new ClientSession();
    const [first, second] = [transcriptLines(5), transcriptLines(5).replaceAll('cents', 'euros')];
    client.append(first);
    client.save();
    writeFileSync(`${client.root}/new`, second);
    renameSync(`${client.root}/new`, client.transcriptPath);
    client.save();
    expect(Object.values(branchesOf(client))).toEqual([first, second]);
  });

  it('continues the first branch when the client has it again', () => {
    const client = new ClientSession();
    const begin = transcriptLines(4);
    for (const content of [begin + transcriptLines(6, 2), begin + transcriptLines(2, 3)]) {
      client.write(client.transcript, content);
      client.save();
    }
    client.write(client.transcript, begin + transcriptLines(6, 2) + transcriptLines(1, 4));
    client.save();
    expect(Object.keys(branchesOf(client))).toEqual(['main', 'branch-1']);
    expect(branchesOf(client)['main']).toBe(readFileSync(client.transcriptPath, 'utf8'));
  });

  it('returns each line once when all branches are read after their shared part', () => {
    const client = new ClientSession();
    client.write(client.transcript, transcriptLines(4) + transcriptLines(6, 2));
    client.save();
    client.write(client.transcript, transcriptLines(4) + transcriptLines(3, 3));
    client.save();
    const lines = filesOf(client).flatMap((file) => [
      ...archivedLines(file, { from: file.shared }),
    ]);
    expect(lines).toHaveLength(13);
    expect(new Set(lines).size).toBe(13);
  });

  it('keeps two transcripts with one id apart', () => {
    const client = new ClientSession();
    client.append(transcriptLines(3));
    client.save();
    const other = 'projects/-work-b/s-1.jsonl';
    client.write(other, transcriptLines(4, 9));
    client.save({}, `${client.base}/${other}`);
    expect(filesOf(client).map((file) => [file.path, bytesOf(file).toString()])).toEqual([
      [client.transcript, transcriptLines(3)],
      [other, transcriptLines(4, 9)],
    ]);
  });

  it('knows by times whether everything is archived', () => {
    const client = new ClientSession();
    client.append(transcriptLines(3));
    const looks = () => listFootprint(client.transcriptPath, 's-1') ?? expect.unreachable();
    expect(isArchived(client.archive, looks())).toBe(false);
    client.save();
    expect(isArchived(client.archive, looks())).toBe(true);
    client.write('tasks/s-1/2.json', '{}');
    const later = Date.now() / 1000 + 1; // two changes within a tick of the kernel have one time
    utimesSync(`${client.base}/tasks/s-1/2.json`, later, later);
    expect(isArchived(client.archive, looks())).toBe(false);
  });

  it('archives nothing of a session that was forgotten', () => {
    const client = new ClientSession();
    client.append(transcriptLines(3));
    expect(client.save({ isWanted: () => false }).added).toBe(0);
    expect(archivedFiles(client.archive, 's-1')).toEqual([]);
  });

  it('follows no links', () => {
    const client = new ClientSession();
    client.append(transcriptLines(3));
    mkdirSync(`${client.base}/tasks/s-1`, { recursive: true });
    writeFileSync(`${client.root}/secret`, 'of somebody');
    symlinkSync(`${client.root}/secret`, `${client.base}/tasks/s-1/1.json`);
    symlinkSync(client.root, `${client.base}/tasks/s-1/folder`);
    client.save();
    expect(filesOf(client).map(({ path }) => path)).toEqual([client.transcript]);
  });

  it('contains every byte that was ever saved, whatever the client does in between', () => {
    const step = fc.oneof(
      fc.record({ append: fc.integer({ min: 1, max: 900 }) }),
      fc.record({ cut: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ rewrite: fc.integer({ min: 1, max: 300 }) }),
      fc.constant({ close: true }),
      fc.constant({ restart: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const client = new ClientSession();
        const states = new Set<string>();
        let seed = 10;
        let isClosed = false;
        client.append(transcriptLines(3));
        for (const one of steps) {
          seed += 1;
          isClosed = 'close' in one;
          if ('append' in one) client.append(transcriptLines(one.append, seed));
          else if ('cut' in one) {
            const { size } = statSync(client.transcriptPath);
            truncateSync(client.transcriptPath, Math.floor(size * one.cut));
          } else if ('rewrite' in one)
            client.write(client.transcript, transcriptLines(one.rewrite, seed));
          const memory = 'restart' in one ? new SessionMemory() : client.memory;
          client.save({ isClosed, memory });
          states.add(readFileSync(client.transcriptPath, 'utf8'));
        }
        const kept = filesOf(client).map((file) => bytesOf(file).toString());
        for (const state of states)
          expect(kept.some((content) => content.startsWith(state))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('an archive of a session', () => {
  const saved = (): ClientSession => {
    const client = new ClientSession();
    client.append(transcriptLines(2000));
    client.save({ isClosed: true });
    return client;
  };
  const containerOf = (client: ClientSession): string =>
    `${client.archive}/transcripts/s-1/${archiveNames(client).find((name) => name.endsWith('.archive'))}`;

  it('takes less than a sixth of the size', () => {
    const client = saved();
    const ratio = statSync(containerOf(client)).size / statSync(client.transcriptPath).size;
    expect(ratio).toBeLessThan(1 / 6);
  });

  it('names a block with a flipped bit, and returns every line around it', () => {
    const client = new ClientSession();
    for (let part = 0; part < 3; part += 1) {
      client.append(transcriptLines(3_600, part));
      client.save();
    }
    const file = containerOf(client);
    const bytes = readFileSync(file);
    const [, second] = filesOf(client)[0]?.content.blocks ?? [];
    const place = (second?.place ?? 0) + 100;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 4, place);
    writeFileSync(file, bytes);
    const faults: string[] = [];
    const [archived] = filesOf(client);
    const lines = [
      ...archivedLines(archived ?? expect.unreachable(), {
        onFault: ({ reason }) => faults.push(reason),
      }),
    ];
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(client.transcript);
    const all = new Set(readFileSync(client.transcriptPath, 'utf8').split('\n'));
    expect(lines.length).toBeGreaterThan(all.size * 0.6);
    expect(lines.filter((line) => !all.has(line))).toEqual([]);
  });

  it('names a record with a flipped bit, and reads the others', () => {
    const client = saved();
    client.write('tasks/s-1/1.json', '{"id":"1"}');
    client.save({ isClosed: true });
    const file = containerOf(client);
    const bytes = readFileSync(file);
    const place = bytes.indexOf('#wm ') + 20;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    writeFileSync(file, bytes);
    expect(filesOf(client)[0]?.container.faults).toMatchObject([{ kind: 'damaged' }]);
    expect(filesOf(client).some(({ path }) => path === 'tasks/s-1/1.json')).toBe(true);
  });

  it.each([0.3, 0.9, 0.999])('is readable up to where it was truncated: %f', (part) => {
    const client = saved();
    const file = containerOf(client);
    truncateSync(file, Math.floor(statSync(file).size * part));
    const [archived] = filesOf(client);
    const text = readFileSync(client.transcriptPath, 'utf8');
    if (archived !== undefined) {
      expect(archived.container.faults).toMatchObject([{ kind: 'truncated' }]);
      expect(text.startsWith(bytesOf(archived).toString())).toBe(true);
    }
    client.save({ isClosed: true, memory: new SessionMemory() });
    expect(bytesOf(filesOf(client)[0]).toString()).toBe(text);
  });

  it('gets its first line back', () => {
    const client = saved();
    const file = containerOf(client);
    const bytes = readFileSync(file);
    bytes.fill(0, 0, 12);
    writeFileSync(file, bytes);
    const text = readFileSync(client.transcriptPath, 'utf8');
    expect(bytesOf(filesOf(client)[0]).toString()).toBe(text);
    expect(filesOf(client)[0]?.container.faults).toMatchObject([{ kind: 'damaged' }]);
    client.append(transcriptLines(1, 7));
    client.save({ memory: new SessionMemory() });
    expect(filesOf(client)[0]?.container).toMatchObject({ faults: [], base: client.base });
  });

  it('of a newer version is refused with a sentence, and not written', () => {
    const client = saved();
    const file = containerOf(client);
    const text = readFileSync(file);
    const newer = Buffer.concat([
      Buffer.from('{"waymark-transcripts":9}\n'),
      text.subarray(text.indexOf('\n') + 1),
    ]);
    writeFileSync(file, newer);
    expect(() => filesOf(client)).toThrow(/has format 9/);
    client.append('x');
    expect(() => client.save({ memory: new SessionMemory() })).toThrow(/has format 9/);
    expect(readFileSync(file).equals(newer)).toBe(true);
  });

  it.each([900, 3_600])(
    'loses nothing when the disk is full in the middle of any write of %i lines',
    (count) => {
      for (let at = 0; at < 12; at += 1) {
        const client = new ClientSession();
        client.append(transcriptLines(20));
        client.save();
        client.append(transcriptLines(count, 2));
        client.write('tasks/s-1/1.json', '{"id":"1"}');
        let calls = 0;
        const write = (
          fd: number,
          bytes: Buffer,
          offset: number,
          length: number,
          place: number,
        ) => {
          calls += 1;
          if (calls <= at) return writeSync(fd, bytes, offset, Math.ceil(length / 2), place);
          writeSync(fd, bytes, offset, Math.floor(length / 3), place);
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        };
        try {
          client.save({ write });
        } catch (error) {
          expect(error).toMatchObject({ code: 'ENOSPC' });
        }
        expect(filesOf(client)[0]?.container.faults, String(at)).toEqual([]);
        expect(bytesOf(filesOf(client)[0]).toString()).toContain(transcriptLines(20));
        client.save();
        expect(bytesOf(filesOf(client)[0]).equals(readFileSync(client.transcriptPath))).toBe(true);
        expect(filesOf(client).map(({ branch }) => branch)).toEqual(['main', 'main']);
      }
    },
  );
});
