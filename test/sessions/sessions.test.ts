import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../lib/cli/command-table.ts';
import { loadCommand } from '../../lib/cli/load-command.ts';
import { createProgram } from '../../lib/cli/program.ts';
import { silentContext } from '../unit/cli/silent-context.ts';
import { readParts, type SessionPart, writePart } from './session-file.ts';
import { sessionShell } from './session-shell.ts';

const SESSIONS = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => {
    const file = join(import.meta.dirname, name);
    return { name, file, parts: readParts(readFileSync(file, 'utf8')) };
  });

/**
 * A service is described to systemd in another way than to launchd: the session shows the first.
 */
const isHere = ({ name }: { readonly name: string }): boolean =>
  name !== 'service.txt' || process.platform === 'linux';

const COMMAND_LINES = SESSIONS.flatMap(({ parts }) => parts.map(({ text }) => text));

// commands print local times, and the home folder as ~
beforeEach(() => void vi.stubEnv('TZ', 'UTC').stubEnv('HOME', '/nowhere'));

describe('a shell session', () => {
  it.each(SESSIONS.filter(isHere))('prints what $name expects', async ({ file, parts }) => {
    const shell = sessionShell();
    const written: string[] = [];
    for (const part of parts)
      written.push(
        writePart(part, part.kind === 'command' ? await shell.run(part.text) : undefined),
      );
    await expect(`${written.join('\n\n')}\n`).toMatchFileSnapshot(file);
  });
});

describe('the shell sessions', () => {
  it('ask every command for its help, and for JSON where it prints that', async () => {
    const program = await createProgram(silentContext(), COMMANDS, loadCommand);
    const wanted = program.commands.flatMap((command) => wantedOf(command, 'waymark'));
    expect(wanted.filter((pattern) => !COMMAND_LINES.some((line) => pattern.test(line)))).toEqual(
      [],
    );
  });

  it('show no line that ends in a space', () => {
    const lines = SESSIONS.flatMap(({ name, file }) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) => (/[^2>] $/.test(line) ? [`${name}:${index + 1}`] : [])),
    );
    expect(lines).toEqual([]);
  });
});

describe('a session file', () => {
  it('takes no output for a comment or a command', () => {
    const parts: readonly SessionPart[] = [
      { kind: 'comment', text: 'two lines\nof comment' },
      { kind: 'command', text: "printf '%s\n' $ '#'" },
      { kind: 'command', text: 'waymark status' },
    ];
    const printed = { out: '$ a\n# b\n> c\n\\d\n\n[1]\n2> e', err: '$ f\n', status: 3 };
    const written = parts.map((part) => writePart(part, printed)).join('\n\n');
    expect(written).toContain(
      '\\$ a\n\\# b\n\\> c\n\\\\d\n\n\\[1]\n\\2> e(no line end)\n2> $ f\n[3]',
    );
    expect(readParts(written)).toEqual(parts.map((part) => expect.objectContaining(part)));
  });
});

/** For each command and subcommand, what a line that asks it so begins with and holds. */
function wantedOf(command: Command, above: string): readonly RegExp[] {
  const path = `${above} ${command.name()}`;
  const flags = command.options.some(({ long }) => long === '--json')
    ? ['--help', '--json']
    : ['--help'];
  return [
    ...flags.map((flag) => new RegExp(`\\b${path}\\b.* ${flag}\\b`)),
    ...command.commands.flatMap((part) => wantedOf(part, path)),
  ];
}
