/** The help of one command. */
export interface HelpPage {
  /** With no line broken. */
  readonly text: string;
  /** Columns from which no line is broken. */
  readonly fits: number;
  /** The text for {@link PLAIN_COLUMNS}, when that is less. */
  readonly plain?: string;
}

/** By the words of the command, such as `dead list`. */
export type HelpPages = Readonly<Record<string, HelpPage>>;

/** Columns where there is no terminal: as commander has it. */
export const PLAIN_COLUMNS = 80;

/**
 * The text of a page as commander breaks its lines.
 * @param columns Of the terminal; left out: there is none.
 * @returns `undefined` when the page does not have the text for this width.
 */
export function findPageText(page: HelpPage, columns: number | undefined): string | undefined {
  if ((columns ?? PLAIN_COLUMNS) >= page.fits) return page.text;
  return columns === undefined || columns === PLAIN_COLUMNS ? page.plain : undefined;
}
