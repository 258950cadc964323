// A receiver of webhooks in a process of its own, which can be killed. Prints its port once it
// listens, and keeps a line of each post that it got, before it answers.
// node webhook-receiver.mjs FILE PORT [ANSWERS]   FILE of the lines; PORT 0 for any; how many posts it answers before it falls silent, left out: all
// RECEIVER_SECRET                                 the secret of the sender
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const [file, port, answers = 'Infinity'] = process.argv.slice(2);
const webhook = new Webhook(process.env['RECEIVER_SECRET']);
let posts = 0;

const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  const isAnswered = ++posts <= Number(answers);
  appendFileSync(
    file,
    `${JSON.stringify({ id: request.headers['webhook-id'], event: verified(body, request.headers), isAnswered })}\n`,
  );
  if (isAnswered) response.writeHead(204).end();
});

server.listen(Number(port), '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));

/** The event, or `null` if it is not the sender's. */
function verified(body, headers) {
  try {
    return webhook.verify(body, headers);
  } catch {
    return null;
  }
}
