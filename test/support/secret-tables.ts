import { TOKEN_TABLE } from '../../lib/secrets/token-table.ts';

/** The text of `lib/secrets/compiled-tokens.ts`: what a hook needs of the table. */
export function compiledTables(): string {
  const shapes = TOKEN_TABLE.map(({ shape }) => shape).join(' ');
  return `/** Made from token-table.ts by \`npm run secrets:compile\`: the shapes alone, because a hook pays for each byte that it loads. */
// biome-ignore format: generated
export const TOKEN_SHAPES = ${quoted(shapes)};
`;
}

/** In single quotes; no shape holds one. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\')}'`;
}
