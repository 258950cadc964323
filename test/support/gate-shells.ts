import { existsSync } from 'node:fs';

/**
 * A shell that may be `/bin/sh`, as the first line of a script names it. bash is one in its POSIX
 * mode only.
 */
export interface GateShell {
  readonly name: string;
  readonly interpreter: string;
}

const KNOWN: readonly GateShell[] = [
  { name: 'dash', interpreter: '/bin/dash' },
  { name: 'bash --posix', interpreter: '/bin/bash --posix' },
  { name: 'busybox sh', interpreter: '/bin/busybox sh' },
  { name: 'ksh', interpreter: '/bin/ksh' },
  { name: 'zsh', interpreter: '/bin/zsh' },
];

const isHere = ({ interpreter }: GateShell): boolean => existsSync(interpreter.split(' ')[0] ?? '');

const FOUND = KNOWN.filter(isHere);

/** The shells that this machine has; its own `sh` if it is none of these. */
export const GATE_SHELLS = FOUND.length === 0 ? [{ name: 'sh', interpreter: '/bin/sh' }] : FOUND;

/** For titles of tests: which shells they ran in, and in which they did not. */
export const SHELLS_FOUND = `shells found: ${GATE_SHELLS.map(({ name }) => name).join(', ')}; not here: ${
  KNOWN.filter((shell) => !isHere(shell))
    .map(({ name }) => name)
    .join(', ') || 'none'
}`;
