// Just enough of Postgres' protocol 3.0: one connection a query, a password in clear, parameters and rows as text.
// https://www.postgresql.org/docs/17/protocol-message-formats.html
'use strict';
const net = require('node:net');

const { POSTGRES_HOST, POSTGRES_USER, POSTGRES_PASSWORD } = process.env;
const PATIENCE = 5_000;
const NONE = -1;

/** The rows of one statement, as objects of strings. `$1`, `$2` … stand for `values`, which are never part of the SQL. */
function query(sql, values = []) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(5432, POSTGRES_HOST, () => socket.write(startup()));
    const state = { columns: [], rows: [], asked: false, pending: Buffer.alloc(0) };
    const fail = (problem) => { socket.destroy(); reject(problem); };
    socket.setTimeout(PATIENCE, () => fail(new Error('Postgres does not answer')));
    socket.on('error', fail);
    socket.on('close', () => reject(new Error('Postgres closed the connection')));
    socket.on('data', (data) => {
      state.pending = Buffer.concat([state.pending, data]);
      for (const [type, body] of messages(state)) {
        if (type === 'R' && body.readInt32BE(0) === 3) socket.write(message('p', text(POSTGRES_PASSWORD)));
        else if (type === 'T') state.columns = columnsOf(body);
        else if (type === 'D') state.rows.push(rowOf(state.columns, body));
        else if (type === 'E') fail(new Error(problemOf(body)));
        else if (type === 'Z' && !state.asked) { state.asked = true; socket.write(statement(sql, values)); }
        else if (type === 'Z') { resolve(state.rows); socket.end(message('X')); }
      }
    });
  });
}

const int16 = (value) => { const out = Buffer.alloc(2); out.writeInt16BE(value); return out; };
const int32 = (value) => { const out = Buffer.alloc(4); out.writeInt32BE(value); return out; };
const text = (value) => Buffer.from(`${value}\0`);

function message(type, ...parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function startup() {
  return message('', int32(3 << 16), text('user'), text(POSTGRES_USER), text('database'), text(POSTGRES_USER), text(''));
}

function statement(sql, values) {
  const parameters = values.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]);
  return Buffer.concat([
    message('P', text(''), text(sql), int16(0)),
    message('B', text(''), text(''), int16(0), int16(values.length), ...parameters, int16(0)),
    message('D', Buffer.from('P'), text('')),
    message('E', text(''), int32(0)),
    message('S'),
  ]);
}

function* messages(state) {
  while (state.pending.length >= 5 && state.pending.length > state.pending.readInt32BE(1)) {
    const end = state.pending.readInt32BE(1) + 1;
    yield [String.fromCharCode(state.pending[0]), state.pending.subarray(5, end)];
    state.pending = state.pending.subarray(end);
  }
}

function columnsOf(body) {
  const names = [];
  for (let at = 2; at < body.length; ) {
    const end = body.indexOf(0, at);
    names.push(body.toString('utf8', at, end));
    at = end + 19; // the null, then 18 bytes of table, column, type, size, modifier and format
  }
  return names;
}

function rowOf(columns, body) {
  const row = {};
  let at = 2;
  for (const name of columns) {
    const size = body.readInt32BE(at);
    row[name] = size === NONE ? null : body.toString('utf8', at + 4, at + 4 + size);
    at += 4 + Math.max(size, 0);
  }
  return row;
}

function problemOf(body) {
  const fields = body.toString().split('\0');
  return (fields.find((field) => field.startsWith('M')) || 'M(no reason)').slice(1);
}

module.exports = { query };
