import { SECRET_ARGUMENTS } from '../../lib/secrets/argument-table.ts';
import { needleOf } from '../../lib/secrets/token-shapes.ts';
import { TOKEN_TABLE } from '../../lib/secrets/token-table.ts';

/** The text of `lib/secrets/compiled-tokens.ts`: what a hook needs of the table. */
export function compiledTables(): string {
  const shapes = TOKEN_TABLE.map(({ shape }) => shape).join(' ');
  return `/**
 * Generated from token-table.ts by \`npm run secrets:compile\`. Contains only the shapes, because a
 * hook pays for each byte that it loads.
 */
// biome-ignore format: generated
export const TOKEN_SHAPES = ${quoted(shapes)};
`;
}

/** In single quotes; no shape holds one. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\')}'`;
}

/** The text of `lib/secrets/compiled-starts.ts`: what a hook needs to find that there is no secret. */
export function compiledStarts(): string {
  const starts = [
    ...TOKEN_TABLE.map(({ shape }) => ({ needle: needleOf(shape), shape })),
    ...['eyJ', '-----BEGIN', 'Private-Lines'].map((needle) => ({ needle, shape: needle })),
  ].flatMap(({ needle, shape }) => {
    if (needle.length < 2) return [];
    return shape.startsWith(`<${needle}`) ? [`<${needle}`] : [needle];
  });
  const least = [...new Set(starts)].filter((one) =>
    starts.every(
      (other) =>
        other === one || (other.startsWith('<') ? !one.startsWith(other) : !one.includes(other)),
    ),
  );
  const programs = SECRET_ARGUMENTS.flatMap((row) => row.slice(0, row.search(/[ :]/)).split('|'));
  return `/**
 * Generated from token-table.ts and argument-table.ts by \`npm run secrets:compile\`: a text of every
 * token (behind a < without a letter or digit before it), and programs with arguments that are
 * secrets.
 */
// biome-ignore format: generated
export const TOKEN_STARTS = ${quoted(least.join(' '))};

// biome-ignore format: generated
export const SECRET_PROGRAMS = ${quoted([...new Set(programs)].join(' '))};
`;
}
