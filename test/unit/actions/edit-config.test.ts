import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { editConfig } from '../../../lib/actions/edit-config.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('editConfig', () => {
  it('makes the file, closed to others', async () => {
    const file = `${tempFolder()}/state/config.json`;
    expect(await editConfig(file, 'idleExit', '60')).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ idleExit: 60 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('changes one value and leaves everything else as it is written', async () => {
    const file = write('{\n\t"durability":   "file",\n\n\t"idleExit": 60\n}\n');
    await editConfig(file, 'idleExit', '120');
    expect(readFileSync(file, 'utf8')).toBe(
      '{\n\t"durability":   "file",\n\n\t"idleExit": 120\n}\n',
    );
  });

  it('adds a value with the indentation and line ends of the file', async () => {
    const file = write('{\r\n    "durability": "file"\r\n}\r\n');
    await editConfig(file, 'autostart', 'off');
    expect(readFileSync(file, 'utf8')).toBe(
      '{\r\n    "durability": "file",\r\n    "autostart": false\r\n}\r\n',
    );
  });

  it('takes a byte order mark in front for nothing, and out', async () => {
    const file = write('\uFEFF{ "idleExit": 60 }\n');
    await editConfig(file, 'idleExit', '120');
    expect(readFileSync(file, 'utf8')).toBe('{ "idleExit": 120 }\n');
  });

  it('takes a value out again', async () => {
    const file = write('{ "idleExit": 60, "durability": "file" }\n');
    expect(await editConfig(file, 'idleExit', undefined)).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ durability: 'file' });
    expect(await editConfig(file, 'idleExit', undefined)).toBe(false);
  });

  it('turns a list into a list', async () => {
    const file = write('');
    await editConfig(file, 'ignoredProjects', '/a/, /b/');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ignoredProjects: ['/a/', '/b/'] });
  });

  it.each(['{ "idleExit": 60, }', '[1]', 'nonsense'])('refuses to touch %s', async (text) => {
    const file = write(text);
    await expect(editConfig(file, 'idleExit', '10')).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('refuses a value that does not fit', async () => {
    const file = write('{}');
    await expect(editConfig(file, 'idleExit', 'soon')).rejects.toThrow(
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
