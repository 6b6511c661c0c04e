/** What clients are told where no member answers them. */

const STATUSES: ReadonlyMap<number, [phrase: string, sentence: string]> = new Map([
  [400, ['Bad Request', 'The request is not correct HTTP, or its headers are too large.']],
  [403, ['Forbidden', 'This request is not permitted.']],
  [404, ['Not Found', 'There is nothing at this address.']],
  [405, ['Method Not Allowed', 'This resource cannot be used in this way.']],
  [408, ['Request Timeout', 'The request took too long to arrive.']],
  [429, ['Too Many Requests', 'There are more requests than are permitted. Try again in a moment.']],
  [500, ['Internal Server Error', 'The request could not be handled.']],
  [502, ['Bad Gateway', 'The server gave no valid answer.']],
  [503, ['Service Unavailable', 'No server can take this request now. Try again in a moment.']],
  [504, ['Gateway Timeout', 'The server did not answer in time.']],
]);

/** Name to a whole answer; the name is the status. */
export const PAGES: ReadonlyMap<string, string> = new Map(
  [...STATUSES].map(([status, [phrase, sentence]]) => [String(status), answer(status, phrase, sentence)]),
);

/** Lines of a section that has these answers. */
export const PAGE_LINES: readonly string[] = [...PAGES.keys()].map(
  (name) => `errorfile ${name} {{RUN}}/pages/${name}.http`,
);

function answer(status: number, phrase: string, sentence: string): string {
  const body = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${status} ${phrase}</title></head>\n<body><h1>${status} ${phrase}</h1><p>${sentence}</p></body></html>\n`;
  const head = [
    `HTTP/1.1 ${status} ${phrase}`,
    'Content-Type: text/html; charset=utf-8',
    'Cache-Control: no-store',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
