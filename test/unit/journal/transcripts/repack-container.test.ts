import { existsSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runAllSlices } from '../../../../lib/core/sliced.ts';
import { hasTails } from '../../../../lib/journal/transcripts/archive-session.ts';
import { containersOf } from '../../../../lib/journal/transcripts/branches.ts';
import {
  type ArchivedFile,
  archivedBytes,
  archivedFiles,
} from '../../../../lib/journal/transcripts/read-archived.ts';
import {
  REPACK_END,
  repackContainer,
} from '../../../../lib/journal/transcripts/repack-container.ts';
import { ClientSession, transcriptLines } from '../../../support/client-session.ts';

const bytesOf = (file: ArchivedFile | undefined): Buffer =>
  Buffer.concat(file === undefined ? [] : [...archivedBytes(file)]);

const filesOf = (client: ClientSession): readonly ArchivedFile[] =>
  archivedFiles(client.archive, client.session);

const containerOf = (client: ClientSession): string =>
  containersOf(client.archive, client.session)[0]?.file ?? '';

/** A session that was archived as it grew, all in blocks of 1 MB. */
function grown(): ClientSession {
  const client = new ClientSession();
  for (let n = 0; n < 4; n += 1) {
    client.append(fullBlock(n + 1));
    client.save();
  }
  return client;
}

/** As long as a block; what one says, those before said, too, as in a session about one thing. */
function fullBlock(seed: number): string {
  const text = `${transcriptLines(1, seed)}${transcriptLines(3_600, 1)}`;
  return `${text.slice(0, 1024 * 1024 - 1)}\n`;
}

describe('repacking a container', () => {
  it('joins blocks of a session that has ended, and keeps every byte', () => {
    const client = grown();
    const before = statSync(containerOf(client)).size;
    expect(filesOf(client)[0]?.content.blocks).toHaveLength(4);
    client.save({ isClosed: true });
    const [file] = filesOf(client);
    expect(file?.content.blocks).toHaveLength(2);
    expect(statSync(containerOf(client)).size).toBeLessThan(0.97 * before);
    expect(bytesOf(file).equals(readFileSync(client.transcriptPath))).toBe(true);
    expect(statSync(containerOf(client)).mode & 0o777).toBe(0o600);
    // times are set in seconds with a fraction, which is exact to some microseconds
    expect(statSync(containerOf(client)).mtimeMs).toBeCloseTo(
      statSync(client.transcriptPath).mtimeMs,
      0,
    );
  });

  it('keeps branches apart, and what goes on is archived behind them', () => {
    const client = grown();
    const whole = readFileSync(client.transcriptPath, 'utf8');
    const other = `${whole.slice(0, whole.indexOf('\n', 900_000) + 1)}${transcriptLines(40, 99)}`;
    client.write(client.transcript, other);
    client.save();
    client.save({ isClosed: true });
    const more = transcriptLines(2_000, 7);
    client.append(more);
    client.save();
    client.save({ isClosed: true });
    expect(filesOf(client).map((file) => bytesOf(file).toString())).toEqual([whole, other + more]);
    expect(filesOf(client)[1]?.shared).toBeGreaterThan(800_000);
  });

  it('writes nothing when a session ends again without anything new', () => {
    const client = grown();
    client.save({ isClosed: true });
    const { ino } = statSync(containerOf(client));
    client.save({ isClosed: true });
    expect(statSync(containerOf(client)).ino).toBe(ino);
    expect(runAllSlices(repackContainer(containerOf(client)))).toBe(0);
  });

  it('leaves one complete container wherever it stops', () => {
    const client = grown();
    const container = containerOf(client);
    const whole = readFileSync(client.transcriptPath);
    let isDone = false;
    for (let stop = 1; stop < 20 && !isDone; stop += 1) {
      let writes = 0;
      const dying: typeof writeSync = (...args: unknown[]) => {
        writes += 1;
        if (writes === stop) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return Reflect.apply(writeSync, undefined, args);
      };
      const inode = statSync(container).ino;
      let saved = -1;
      try {
        saved = runAllSlices(repackContainer(container, dying));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
      }
      expect(bytesOf(filesOf(client)[0]).equals(whole), `stopped at write ${stop}`).toBe(true);
      expect(existsSync(`${container}${REPACK_END}`)).toBe(false);
      expect(statSync(container).ino === inode).toBe(saved <= 0);
      isDone = saved > 0;
    }
    expect(isDone).toBe(true);
  });

  it('deletes the draft that a crash left', () => {
    const client = grown();
    const container = containerOf(client);
    writeFileSync(`${container}${REPACK_END}`, 'half of it');
    expect(hasTails(client.archive, client.session)).toBe(true);
    client.save({ isClosed: true });
    expect(hasTails(client.archive, client.session)).toBe(false);
    expect(readdirSync(`${client.archive}/transcripts/s-1`)).toHaveLength(1);
  });

  it('leaves a container as it is in which a block is damaged', () => {
    const client = grown();
    const container = containerOf(client);
    const bytes = readFileSync(container);
    const place = filesOf(client)[0]?.content.blocks[2]?.place ?? 0;
    bytes.writeUInt8(bytes.readUInt8(place + 100) ^ 4, place + 100);
    writeFileSync(container, bytes);
    expect(runAllSlices(repackContainer(container))).toBe(0);
    expect(readFileSync(container).equals(bytes)).toBe(true);
    expect(existsSync(`${container}${REPACK_END}`)).toBe(false);
  });

  it('leaves a container alone that continued while it was repacked', () => {
    const client = grown();
    const work = repackContainer(containerOf(client));
    work.next();
    client.append(fullBlock(50));
    client.save();
    expect(runAllSlices(work)).toBe(0);
    expect(bytesOf(filesOf(client)[0]).equals(readFileSync(client.transcriptPath))).toBe(true);
  });

  it('lets a reader finish that listed the container before', () => {
    const client = grown();
    const [listed, alsoListed] = [filesOf(client)[0], filesOf(client)[0]];
    const reading = listed === undefined ? undefined : archivedBytes(listed);
    const first = reading?.next().value ?? Buffer.alloc(0);
    client.save({ isClosed: true });
    const whole = readFileSync(client.transcriptPath);
    expect(Buffer.concat([first, ...(reading ?? [])]).equals(whole)).toBe(true);
    expect(bytesOf(alsoListed).equals(whole)).toBe(true);
  });
});
