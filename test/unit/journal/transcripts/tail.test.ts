import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SessionMemory } from '../../../../lib/journal/transcripts/archive-session.ts';
import { openContainer } from '../../../../lib/journal/transcripts/branches.ts';
import {
  type ArchivedFile,
  archivedBytes,
  archivedFiles,
} from '../../../../lib/journal/transcripts/read-archived.ts';
import { ClientSession, transcriptLines } from '../../../support/client-session.ts';

const fileOf = (client: ClientSession): ArchivedFile =>
  archivedFiles(client.archive, client.session)[0] ?? expect.unreachable('nothing is archived');

const textOf = (file: ArchivedFile, faults: string[] = []): string =>
  Buffer.concat([
    ...archivedBytes(file, { onFault: ({ reason }) => faults.push(reason) }),
  ]).toString();

const namesOf = (client: ClientSession): readonly string[] =>
  readdirSync(`${client.archive}/transcripts/${client.session}`);

const tailOf = (client: ClientSession): string =>
  fileOf(client).content.tails[0]?.file ?? expect.unreachable('there is no tail');

/** A session whose tail grew line by line, as the client writes it. */
function grown(lines = 60): ClientSession {
  const client = new ClientSession();
  for (let n = 0; n < lines; n += 1) {
    client.append(transcriptLines(1, n));
    client.save();
  }
  return client;
}

describe('the tail of a session at work', () => {
  it('is compressed as it grows, with what it has before', () => {
    const client = new ClientSession();
    for (let n = 0; n < 100; n += 1) {
      client.append(transcriptLines(12, n));
      client.save();
    }
    const { size } = statSync(client.transcriptPath);
    expect(fileOf(client).content.blocks).toEqual([]);
    expect(statSync(tailOf(client)).size).toBeLessThan(0.2 * size);
    expect(textOf(fileOf(client))).toBe(readFileSync(client.transcriptPath, 'utf8'));
  });

  it('is read from any place to any other', () => {
    const client = grown();
    const text = readFileSync(client.transcriptPath);
    for (let from = 0; from < text.length; from += 1_777) {
      const to = from + 2_500;
      const read = Buffer.concat([...archivedBytes(fileOf(client), { from, to })]);
      expect(read.equals(text.subarray(from, to)), String(from)).toBe(true);
    }
  });

  it('goes on after a restart of the worker, in the same file', () => {
    const client = grown();
    const tail = tailOf(client);
    const { size } = statSync(tail);
    client.append(transcriptLines(1, 99));
    client.save({ memory: new SessionMemory() });
    expect(tailOf(client)).toBe(tail);
    expect(statSync(tail).size - size).toBeLessThan(400);
    expect(textOf(fileOf(client))).toBe(readFileSync(client.transcriptPath, 'utf8'));
  });

  it.each([1, 9, 15, 16, 17, 40])('is complete again when a crash left out %i bytes', (missing) => {
    const client = grown();
    const tail = tailOf(client);
    truncateSync(tail, statSync(tail).size - missing);
    const whole = readFileSync(client.transcriptPath, 'utf8');
    const left = textOf(fileOf(client));
    expect(whole.startsWith(left)).toBe(true);
    expect(left.length).toBeGreaterThan(0.9 * whole.length);
    client.append(transcriptLines(1, 99));
    client.save({ memory: new SessionMemory() });
    expect(textOf(fileOf(client))).toBe(readFileSync(client.transcriptPath, 'utf8'));
  });

  it('is complete again when a power cut left zeros at its end', () => {
    const client = grown();
    appendFileSync(tailOf(client), Buffer.alloc(4_096));
    expect(textOf(fileOf(client))).toBe(readFileSync(client.transcriptPath, 'utf8'));
    client.append(transcriptLines(1, 99));
    client.save();
    expect(textOf(fileOf(client))).toBe(readFileSync(client.transcriptPath, 'utf8'));
  });

  it('with a flipped bit is named, readable before it, and archived again from the client', () => {
    const client = grown();
    const tail = tailOf(client);
    const bytes = readFileSync(tail);
    const place = Math.floor(bytes.length * 0.7);
    bytes.writeUInt8(bytes.readUInt8(place) ^ 4, place);
    writeFileSync(tail, bytes);
    const whole = readFileSync(client.transcriptPath, 'utf8');
    const faults: string[] = [];
    const left = textOf(fileOf(client), faults);
    expect(whole.startsWith(left)).toBe(true);
    expect(left.length).toBeGreaterThan(0.5 * whole.length);
    client.save({ memory: new SessionMemory(), isClosed: true });
    const kept = archivedFiles(client.archive, client.session).map((file) => textOf(file));
    expect(kept).toContain(whole);
  });

  it('becomes a block when the client has deleted its file', () => {
    const client = grown();
    const whole = readFileSync(client.transcriptPath, 'utf8');
    rmSync(client.transcriptPath);
    client.save({ isClosed: true });
    expect(namesOf(client)).toHaveLength(1);
    expect(textOf(fileOf(client))).toBe(whole);
  });

  it('is not continued with the wrong dictionary when the file was rewritten in place', () => {
    const client = grown();
    const old = readFileSync(client.transcriptPath, 'utf8');
    const changed = `${old.slice(0, -9_000).replaceAll('cents', 'euros')}${old.slice(-9_000)}`;
    writeFileSync(client.transcriptPath, changed);
    client.append(transcriptLines(1, 99));
    client.save();
    const kept = archivedFiles(client.archive, client.session).map((file) => textOf(file));
    expect(kept).toEqual([old, changed + transcriptLines(1, 99)]);
  });
});

describe('an uncompressed tail, as earlier versions wrote it', () => {
  const earlier = (): ClientSession => {
    const client = grown();
    const tail = tailOf(client);
    rmSync(tail);
    writeFileSync(tail.replace(/ztail$/, 'tail'), readFileSync(client.transcriptPath));
    return client;
  };

  it('is read', () => {
    const client = earlier();
    expect(textOf(fileOf(client))).toBe(readFileSync(client.transcriptPath, 'utf8'));
  });

  it('is replaced when its file grows', () => {
    const client = earlier();
    client.append(transcriptLines(1, 99));
    client.save({ memory: new SessionMemory() });
    expect(namesOf(client).filter((name) => name.endsWith('.tail'))).toEqual([]);
    expect(textOf(fileOf(client))).toBe(readFileSync(client.transcriptPath, 'utf8'));
  });

  it('becomes a block when the session ends', () => {
    const client = earlier();
    const container = fileOf(client).container.file;
    client.save({ memory: new SessionMemory(), isClosed: true });
    expect(namesOf(client)).toHaveLength(1);
    expect(openContainer(container)?.branches[0]?.tails).toEqual([]);
    expect(textOf(fileOf(client))).toBe(readFileSync(client.transcriptPath, 'utf8'));
  });
});
