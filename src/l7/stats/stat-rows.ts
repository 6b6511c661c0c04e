/** Reads the CSV of `show stat`: 2.7 MB where there are 10,000 servers, so only what is needed is cut out. */
import { COUNTERS, type Counters, GAUGES, type Gauges } from './columns.js';

export interface StatRow {
  kind: 'frontend' | 'backend' | 'server';
  /** Name of the frontend or backend. */
  proxy: string;
  /** Name of the server; empty for the others. */
  server: string;
  status: string;
  counters: Counters;
  gauges: Gauges;
}

const COMMA = 44;
const QUOTE = 34;
const NEWLINE = 10;
const ZERO = 48;
const NINE = 57;

/** What becomes of a column: place in the counters, in the gauges (after the counters), or a text. */
const STATUS = -1;
const IGNORED = -2;

/** @throws Error where the text is no such CSV */
export function parseStat(text: string): StatRow[] {
  const start = text.indexOf('# pxname,svname,');
  const end = text.indexOf('\n', start);
  if (start === -1 || end === -1) {
    throw new Error(`no statistics: ${JSON.stringify(text.slice(0, 100))}`);
  }
  const wanted = columnsOf(text.slice(start + 2, end));
  const rows: StatRow[] = [];
  let at = end + 1;
  while (at < text.length) {
    if (text.charCodeAt(at) === NEWLINE) {
      at += 1;
      continue;
    }
    const row = rowAt(text, at, wanted);
    rows.push(row);
    at = text.indexOf('\n', at);
    if (at === -1) {
      break;
    }
  }
  return rows;
}

/** What to do with each column, up to the last that is needed. */
function columnsOf(header: string): Int16Array {
  const names = header.split(',').map((name) => {
    const counter = (COUNTERS as readonly string[]).indexOf(name);
    const gauge = (GAUGES as readonly string[]).indexOf(name);
    const place = gauge === -1 ? IGNORED : COUNTERS.length + gauge;
    return name === 'status' ? STATUS : counter === -1 ? place : counter;
  });
  const last = names.findLastIndex((what) => what !== IGNORED);
  return Int16Array.from(names.slice(0, last + 1));
}

function rowAt(text: string, start: number, wanted: Int16Array): StatRow {
  const first = text.indexOf(',', start);
  const second = text.indexOf(',', first + 1);
  const name = text.slice(first + 1, second);
  const row: StatRow = {
    kind: name === 'FRONTEND' ? 'frontend' : name === 'BACKEND' ? 'backend' : 'server',
    proxy: text.slice(start, first),
    server: name === 'FRONTEND' || name === 'BACKEND' ? '' : name,
    status: '',
    counters: new Float64Array(COUNTERS.length),
    gauges: new Float64Array(GAUGES.length),
  };
  let at = second + 1;
  for (let column = 2; column < wanted.length; column++) {
    const what = wanted[column]!;
    const start = at;
    let value = 0;
    let isNumber = true;
    let code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = quoteEnd(text, at);
      code = text.charCodeAt(at);
    }
    while (code !== COMMA && code !== NEWLINE && at < text.length) {
      isNumber &&= code >= ZERO && code <= NINE;
      value = value * 10 + (code - ZERO);
      at += 1;
      code = text.charCodeAt(at);
    }
    if (what >= COUNTERS.length) {
      row.gauges[what - COUNTERS.length] = isNumber ? value : 0;
    } else if (what >= 0) {
      row.counters[what] = isNumber ? value : 0;
    } else if (what === STATUS) {
      row.status = text.slice(start, at);
    }
    at += 1;
  }
  return row;
}

/** Texts that contain commas are in quotes, with quotes in them doubled. @returns where the comma after it is */
function quoteEnd(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (text.charCodeAt(at + 1) === QUOTE) {
    at = text.indexOf('"', at + 2);
  }
  return at + 1;
}
