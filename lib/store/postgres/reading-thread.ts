/**
 * What runs in the thread that asks PostgreSQL for {@link openTeamStore}. It is text, so that every
 * bundle has it, whichever file it begins in. Answers come in the order of the questions.
 */
export const READING_THREAD = `
const { workerData: { port, signal, from, config, statements } } = require('node:worker_threads');
const { Client } = require('node:module').createRequire(from)('pg');
const client = new Client({ ...config, types: { getTypeParser: () => (text) => text } });
// the driver lets an address without a password replace one that stands beside it
if (config.password !== undefined) client.password = config.password;
client.on('error', () => undefined);
const names = new Map();
const nameOf = (text) => names.get(text) ?? (names.set(text, 'q' + names.size), names.get(text));
const opened = client.connect().then(async () => {
  for (const statement of statements) await client.query(statement);
});
opened.catch(() => undefined);
port.on('message', async (asked) => {
  let answer;
  try {
    await opened;
    const { rows, fields } = await client.query({ text: asked.text, values: asked.values, name: nameOf(asked.text), rowMode: 'array' });
    answer = { id: asked.id, rows, fields: fields.map(({ name, dataTypeID }) => [name, dataTypeID]) };
  } catch (error) {
    answer = { id: asked.id, error: { message: String(error && error.message), code: error && error.code } };
  }
  port.postMessage(answer);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
});
`;
