import querystring from 'node:querystring';
import { Readable } from 'node:stream';

const LIMIT = 56 * 1024;

export class BodyError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** A small form's fields; a field given twice has its last value. */
export async function readForm(request) {
  const fields = querystring.parse((await readAll(request)).toString('utf8'));
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value].flat().at(-1)]));
}

/** A request like the given one whose JSON body is a form: Auth0 takes both, oidc-provider forms only. */
export async function jsonAsForm(request) {
  const body = Buffer.from(querystring.stringify(fieldsOf(await readAll(request))));
  const headers = {
    ...request.headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  };
  delete headers['transfer-encoding'];
  const { method, url, httpVersion, httpVersionMajor, httpVersionMinor, socket } = request;
  return Object.assign(Readable.from([body], { objectMode: false }), {
    headers,
    method,
    url,
    httpVersion,
    httpVersionMajor,
    httpVersionMinor,
    socket,
  });
}

export function isJson(request) {
  return /^application\/json\b/iu.test(request.headers['content-type'] ?? '');
}

function fieldsOf(body) {
  const value = parse(body);
  const scalar = (field) => ['string', 'number', 'boolean'].includes(typeof field);
  if (typeof value !== 'object' || value === null || !Object.values(value).every(scalar)) {
    throw new BodyError(400, 'The body must be a JSON object of texts');
  }
  return value;
}

function parse(body) {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new BodyError(400, 'The body is no valid JSON');
  }
}

async function readAll(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > LIMIT) throw new BodyError(413, 'The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
