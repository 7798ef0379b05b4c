// A notebook: GET /notes lists, POST /notes {"text": …} adds, GET / is a page for both. Node alone, no packages.
'use strict';
const http = require('node:http');
const { query } = require('./postgres.js');

const LIMIT = 10_000;
const TABLE = `CREATE TABLE IF NOT EXISTS notes
  (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL, written timestamptz NOT NULL DEFAULT now())`;
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Notes</title><h1>Notes</h1>
<form><label>New note <input name="text" required maxlength="500"></label> <button>Add the note</button></form>
<p id="problem" role="alert"></p><ul></ul>
<script>
const [form, list, problem] = ['form', 'ul', '#problem'].map((name) => document.querySelector(name));
const say = (error) => { problem.textContent = error ? 'The notes cannot be read or written just now.' : ''; };
async function show() {
  const answer = await fetch('/notes');
  if (!answer.ok) throw new Error(answer.status);
  list.replaceChildren(...(await answer.json()).map(({ text }) => Object.assign(document.createElement('li'), { textContent: text })));
}
async function add() {
  const answer = await fetch('/notes', { method: 'POST', body: JSON.stringify({ text: form.text.value }) });
  if (!answer.ok) throw new Error(answer.status);
  form.reset();
  await show();
}
form.onsubmit = (event) => { event.preventDefault(); add().then(() => say(), say); };
show().then(() => say(), say);
</script></html>`;

const routes = {
  'GET /': async () => [200, PAGE, 'text/html; charset=utf-8'],
  'GET /notes': async () => [200, await query('SELECT id, text, written FROM notes ORDER BY id DESC LIMIT 100')],
  'POST /notes': async (request) => {
    const text = noteOf(await bodyOf(request));
    if (text === undefined) return [422, { error: 'a note is {"text": "…"} of at most 500 characters' }];
    return [201, (await query('INSERT INTO notes (text) VALUES ($1) RETURNING id, text, written', [text]))[0]];
  },
};

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) if ((size += part.length) <= LIMIT) parts.push(part);
  return size <= LIMIT ? Buffer.concat(parts).toString() : '';
}

function noteOf(body) {
  try {
    const { text } = JSON.parse(body);
    return typeof text === 'string' && text && text.length <= 500 && !text.includes('\0') ? text : undefined;
  } catch {
    return undefined;
  }
}

async function answer(request, response) {
  const route = routes[`${request.method} ${request.url.split('?')[0]}`];
  const [status, body, type = 'application/json'] = route ? await route(request) : [404, { error: 'no such page' }];
  response.writeHead(status, { 'content-type': type }).end(typeof body === 'string' ? body : JSON.stringify(body));
}

const server = http.createServer((request, response) => {
  answer(request, response).catch((problem) => {
    console.error(problem.message);
    response.writeHead(503, { 'content-type': 'application/json' }).end('{"error": "the database does not answer"}');
  });
});
process.on('SIGTERM', () => server.close(() => process.exit(0)));
query(TABLE).then(
  () => server.listen(3000, () => console.log('listening on 3000')),
  (problem) => {
    console.error(problem.message);
    process.exit(1);
  },
);
