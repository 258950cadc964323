import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { editConfig, KEEP } from '../../../lib/actions/edit-config.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('editConfig', () => {
  it('makes the file, closed to others', async () => {
    const file = `${tempFolder()}/state/config.json`;
    expect(await editConfig(file, 'idleExit', () => '60')).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ idleExit: 60 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('changes one value and leaves everything else as it is written', async () => {
    const file = write('{\n\t"durability":   "file",\n\n\t"idleExit": 60\n}\n');
    await editConfig(file, 'idleExit', () => '120');
    expect(readFileSync(file, 'utf8')).toBe(
      '{\n\t"durability":   "file",\n\n\t"idleExit": 120\n}\n',
    );
  });

  it('adds a value with the indentation and line ends of the file', async () => {
    const file = write('{\r\n    "durability": "file"\r\n}\r\n');
    await editConfig(file, 'autostart', () => 'off');
    expect(readFileSync(file, 'utf8')).toBe(
      '{\r\n    "durability": "file",\r\n    "autostart": false\r\n}\r\n',
    );
  });

  it('takes a byte order mark in front for nothing, and out', async () => {
    const file = write('\uFEFF{ "idleExit": 60 }\n');
    await editConfig(file, 'idleExit', () => '120');
    expect(readFileSync(file, 'utf8')).toBe('{ "idleExit": 120 }\n');
  });

  it('takes a value out again', async () => {
    const file = write('{ "idleExit": 60, "durability": "file" }\n');
    expect(await editConfig(file, 'idleExit', () => undefined)).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ durability: 'file' });
    expect(await editConfig(file, 'idleExit', () => undefined)).toBe(false);
  });

  it('turns a list into a list', async () => {
    const file = write('');
    await editConfig(file, 'ignoredProjects', () => '/a/, /b/');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ignoredProjects: ['/a/', '/b/'] });
  });

  it.each(['{ "idleExit": 60, }', '[1]', 'nonsense'])('refuses to touch %s', async (text) => {
    const file = write(text);
    await expect(editConfig(file, 'idleExit', () => '10')).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('makes edits at the same time one after the other', async () => {
    const file = `${tempFolder()}/state/config.json`;
    const add = (path: string) =>
      editConfig(file, 'ignoredProjects', ({ ignoredProjects }) =>
        JSON.stringify([...ignoredProjects, path]),
      );
    const paths = ['/a/', '/b/', '/c/', '/d/', '/e/'];
    await Promise.all([...paths.map(add), editConfig(file, 'idleExit', () => '60')]);
    const { ignoredProjects, idleExit } = JSON.parse(readFileSync(file, 'utf8'));
    expect(ignoredProjects).toEqual(expect.arrayContaining(paths));
    expect(idleExit).toBe(60);
  });

  it('keeps what an editor writes meanwhile', async () => {
    const file = write('{ "idleExit": 60 }\n');
    const texts = ['{ "idleExit": 90 }\n', '{ "idleExit": 90, "durability": "full" }\n'];
    await editConfig(file, 'retention', () => {
      const text = texts.shift();
      if (text !== undefined) writeFileSync(file, text);
      return '86400';
    });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      idleExit: 90,
      durability: 'full',
    });
    expect(readFileSync(file, 'utf8')).toContain('"retention"');
  });

  it('gives up where another program writes the file all the time', async () => {
    const file = write('{}');
    let writes = 0;
    const edit = editConfig(file, 'idleExit', () => {
      writes += 1;
      writeFileSync(file, `{ "batchSize": ${writes} }`);
      return '60';
    });
    await expect(edit).rejects.toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('another program'),
      }),
    );
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ batchSize: writes });
  });

  it('leaves the text as it is where nothing is to change', async () => {
    const text = '{ "ignoredProjects":   [ "/a/" ] }';
    const file = write(text);
    expect(await editConfig(file, 'ignoredProjects', () => KEEP)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('refuses a value that does not fit', async () => {
    const file = write('{}');
    await expect(editConfig(file, 'idleExit', () => 'soon')).rejects.toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });
});

function write(text: string): string {
  const file = `${tempFolder()}/config.json`;
  writeFileSync(file, text);
  return file;
}
