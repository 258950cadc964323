import { describe, expect, it } from 'vitest';
import { errorBody } from '../../../../lib/core/error-body.ts';
import { parseCommandParts } from '../../../../lib/features/failure/command-shape.ts';
import { describeFailedCommand } from '../../../../lib/features/failure/failed-command.ts';
import { findBlamedShape } from '../../../../lib/features/failure/blamed-shape.ts';

const blamed = (command: string, error: string): string =>
  describeFailedCommand('Bash', command, error, '/w/app').shape.text;

describe('shapeToBlame', () => {
  it.each([
    ['pytest -q a', 'Exit code 127\n/bin/bash: line 1: pytest: command not found', 'pytest …'],
    ['jq . a.json', 'Exit code 127\nsh: 1: jq: not found', 'jq …'],
    ['jq . a.json', 'Exit code 127\nzsh: command not found: jq', 'jq …'],
    ['jq . a.json', 'Exit code 127\nbash: jq : commande introuvable', 'jq …'],
    ['jq . a.json', 'Exit code 127\nbash: jq: Befehl nicht gefunden.', 'jq …'],
    ['git swich main', "Exit code 1\ngit: 'swich' is not a git command.", 'git swich …'],
    [
      'poetry install --no-dev',
      'Exit code 1\nThe option "--no-dev" does not exist',
      'poetry install --no-dev …',
    ],
    [
      'helm upgrade a b --set-strings x=1',
      'Exit code 1\nError: unknown flag: --set-strings',
      'helm upgrade --set-strings …',
    ],
    ['date -v -1d', "Exit code 1\ndate: invalid option -- 'v'", 'date -v …'],
  ])('knows that %s failed with %j as %s', (command, error, text) => {
    expect(blamed(command, error)).toBe(text);
  });

  it.each([
    [
      'a file is missing, not the program',
      'cat konfig.yml',
      'Exit code 1\ncat: konfig.yml: Datei oder Verzeichnis nicht gefunden',
    ],
    [
      'an option lacks its value',
      'git log --since',
      'Exit code 128\nfatal: option `since` requires a value',
    ],
    [
      'the value is wrong',
      'cargo build --color x',
      "Exit code 1\nerror: invalid value 'x' for '--color <WHEN>'",
    ],
    ['two options may be meant', 'tool run --a --b', 'Exit code 1\nunknown options: --a --b'],
    [
      'a program of a folder',
      './mvnw verify',
      'Exit code 127\n/bin/bash: line 1: ./mvnw: No such file or directory',
    ],
    ['the shell misses another program', 'npm run build', 'Exit code 127\nsh: 1: tsc: not found'],
  ])('keeps the shape of the command where %s', (_, command, error) => {
    expect(blamed(command, error)).not.toContain('…');
  });

  it('looks at no error that is not about the call', () => {
    const [part] = parseCommandParts('Bash', 'jq . a').parts;
    if (part === undefined) throw new Error('Cannot happen: the line has a command');
    const error = errorBody('jq: command not found');
    expect(findBlamedShape(part, { kind: 'result' }, error)).toBe(part.shape);
  });
});
