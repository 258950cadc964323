import { describe, expect, it } from 'vitest';
import { unwrapShell } from '../../../lib/shell/wrappers.ts';

describe('a line in a shell', () => {
  it.each([
    ["bash -lc 'ruff src tests'", 'bash -lc', 'ruff src tests'],
    ['sh -c "npm run build"', 'sh -c', 'npm run build'],
    ['bash -c "echo \\"a\\" && ls"', 'bash -c', 'echo "a" && ls'],
    ["/bin/zsh -i -c 'nvm use 20'", '/bin/zsh -i -c', 'nvm use 20'],
    ["bash -o pipefail -c 'a | b'", 'bash -o pipefail -c', 'a | b'],
  ])('is what %s runs', (call, shell, line) => {
    expect(unwrapShell(call)).toEqual({ shell, line });
  });

  it.each([
    'bash build.sh',
    "bash -c 'a' b",
    "bash -c 'a' | tee x",
    'bash -c "echo $HOME"',
    'bash -c "$(cat x)"',
    "bash -c ''",
    "echo bash -c 'a'",
    'bash -c',
  ])('is not known for %s', (call) => {
    expect(unwrapShell(call)).toBeUndefined();
  });
});
