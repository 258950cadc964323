/** How a run of characters looks: the codes of our own colours, no others. */
export interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly colour: Colour | undefined;
}

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'cyan';

/** Characters of one look, and the column in which they begin. */
export interface Span {
  readonly text: string;
  readonly column: number;
  readonly style: Style;
}

export type StyledLine = readonly Span[];

const PLAIN: Style = { bold: false, dim: false, colour: undefined };

const CHANGES: Readonly<Record<string, Partial<Style>>> = {
  0: PLAIN,
  1: { bold: true },
  2: { dim: true },
  22: { bold: false, dim: false },
  31: { colour: 'red' },
  32: { colour: 'green' },
  33: { colour: 'yellow' },
  34: { colour: 'blue' },
  36: { colour: 'cyan' },
  39: { colour: undefined },
};

/**
 * What a terminal shows of a text with our colours, line by line.
 * @throws when anything else in it would move the cursor or change the look: a picture shows what
 * was printed.
 */
export function styledLines(text: string): readonly StyledLine[] {
  let style = PLAIN;
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => {
      const spans: Span[] = [];
      let column = 0;
      for (const part of line.split(/(\u001b\[\d+m)/)) {
        const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
        if (code === undefined) {
          if (/[\u0000-\u001f\u007f]/.test(part))
            throw new Error(`Cannot draw ${JSON.stringify(part)}: it does more than show letters`);
          if (part !== '') spans.push({ text: part, column, style });
          column += [...part].length;
          continue;
        }
        const change = CHANGES[code];
        if (change === undefined) throw new Error(`Cannot draw the look ${code}: it is not known`);
        style = { ...style, ...change };
      }
      return spans;
    });
}

/** The letters of a line alone. */
export function plainText(line: StyledLine): string {
  return line.map(({ text }) => text).join('');
}
