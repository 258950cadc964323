import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/**
 * Names that once needed a translator. Nobody searches for them: CONTRIBUTING.md says how we name
 * things.
 */
const NAMES =
  /\b(?:[Ll]ately|[Pp]resence|[Ss]tillness|sleepStill|silentOnes|[Tt]ally|lookAfter|lookAgain|lookAt[A-Z]\w*|putToRest|tell[A-Z]\w*|judge[A-Z]\w*|askToStop|inOneGo|goOn|mayGoOn|whyKept|takeStock|giveBack\w*|comeBack|bury|buryFor|doomed|besideOf|servant|speaker)\b/g;

/** Phrases for which there is a common word. */
const PHRASES =
  /\b(?:told of|tells? of|what stands|stands? above|said aloud|put to rest|good-bye|makes anew|made anew|whoever|somebody)\b/gi;

/** Rooms whose comments were rewritten. */
const PLAIN_ROOMS =
  /^(?:installer|lib\/(?:core|queue|hook|events|config|git|secrets|shell|store|journal|ledger|delivery|retention|worker|api|query|actions|cli|search|report))\//;

/** The text of the schema is a contract: changing its comments would make every store outdated. */
const EXCEPT = /^lib\/store\/schema\//;

const files = ['lib', 'hooks', 'installer'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      path: `${folder}/${name}`,
      text: readFileSync(`${folder}/${name}`, 'utf8'),
    })),
);

describe('words', () => {
  it('has no name that needs a translator', () => {
    expect(files.length).toBeGreaterThan(500);
    expect(found(files, (text) => withoutStrings(codeOf(text)), NAMES)).toEqual([]);
  });

  it('says in comments of most rooms what happens in common words', () => {
    const plain = files.filter(({ path }) => PLAIN_ROOMS.test(path) && !EXCEPT.test(path));
    expect(plain.length).toBeGreaterThan(250);
    expect(found(plain, commentsOf, PHRASES)).toEqual([]);
  });
});

type File = (typeof files)[number];

/** Each match with its file. */
function found(
  among: readonly File[],
  part: (text: string) => string,
  pattern: RegExp,
): readonly string[] {
  return among.flatMap(({ path, text }) =>
    [...part(text).matchAll(pattern)].map(([word]) => `${path}: ${word}`),
  );
}

const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm;

function commentsOf(text: string): string {
  return [...text.matchAll(COMMENT)]
    .map(([comment]) => comment.replaceAll(/\s+(?:\* |\/\/ )?/g, ' '))
    .join('\n');
}

function codeOf(text: string): string {
  return text.replaceAll(COMMENT, '');
}

/** Texts and patterns may contain any word. */
function withoutStrings(code: string): string {
  return code.replaceAll(/'(?:[^'\\\n]|\\.)*'|`[^`]*`|\/(?![*/ ])(?:[^/\\\n]|\\.)+\/[a-z]*/g, "''");
}
