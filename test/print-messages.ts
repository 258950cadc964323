import { createDescribedProgram, helpPages } from '../lib/cli/help-pages.ts';
import { helpText } from '../lib/cli/command-table.ts';
import { PLAIN_COLUMNS, findPageText } from '../lib/cli/help-page.ts';
import { loadCommand } from '../lib/cli/load-command.ts';
import { ERRORS } from '../lib/core/errors.ts';
import { messagesOfSource } from './support/messages.ts';

/**
 * Prints all that waymark says: the help of each command at 80 columns, the remedy of each error,
 * and the texts of the source, file by file.
 */
const pages = helpPages(await createDescribedProgram(loadCommand));
print('HELP');
print(helpText());
for (const page of Object.values(pages)) print(findPageText(page, PLAIN_COLUMNS) ?? page.text);

print('REMEDIES');
for (const [code, { remedy }] of Object.entries(ERRORS)) print(`${code}: ${remedy}`);

print('TEXTS');
let before = '';
for (const { file, line, text } of messagesOfSource()) {
  if (file !== before) print(`\n${file}`);
  print(`${String(line).padStart(4)}  ${text.replaceAll('\n', '\n      ')}`);
  before = file;
}

function print(text: string): void {
  console.log(text);
}
