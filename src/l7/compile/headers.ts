/** Headers that a listener adds to requests. */
import type { Listener } from '../../model/resources.js';
import { formatWord, word } from './text.js';

/**
 * What switches write. Nothing a client sends under these names gets through: the gateway's word replaces it. X-Forwarded-For is not
 * among them, it is continued.
 */
const SWITCHES: Readonly<Record<string, string>> = {
  'X-Forwarded-Port': '%[dst_port]',
  'X-Forwarded-Proto': '%[ssl_fc,iif(https,http)]',
  'X-Forwarded-Host': '%[req.hdr(host)]',
  'X-Real-IP': '%[src]',
  'X-SSL-Client-Verify': '%[ssl_c_verify]',
  'X-SSL-Client-Has-Cert': '%[ssl_c_used]',
  'X-SSL-Client-DN': oneLine('ssl_c_s_dn'),
  'X-SSL-Client-CN': oneLine('ssl_c_s_dn(cn)'),
  'X-SSL-Issuer': oneLine('ssl_c_i_dn'),
  'X-SSL-Client-SHA1': '%[ssl_c_sha1,hex]',
  'X-SSL-Client-Not-Before': '%[ssl_c_notbefore]',
  'X-SSL-Client-Not-After': '%[ssl_c_notafter]',
};
const FORWARDED_FOR = 'X-Forwarded-For';
/** An empty word would be no word. */
const NOTHING = "'%[var(txn.nothing)]'";

/** A line end in a certificate's field would begin a header of its own. */
function oneLine(fetch: string): string {
  return `%[${fetch},regsub([[:cntrl:]],,g)]`;
}

/** Applications take X-SSL-… for proven. Some read `_` like `-`. One regular expression would cost ten times as much. */
const REMOVE_PROOFS = ['http-request del-header x-ssl -m beg', 'http-request del-header x_ssl -m beg'];

/** Whether a listener tells members about certificates of clients. */
export function tellsOfCertificates(listener: Pick<Listener, 'insert_headers'>): boolean {
  return Object.entries(listener.insert_headers).some(([name, value]) => name.startsWith('X-SSL-') && isOn(value));
}

/**
 * Lines for the section of a listener.
 * @param proofs whether members may take X-SSL-… headers for proven: then clients of plain HTTP must not send them either
 */
export function headerLines(listener: Pick<Listener, 'insert_headers' | 'protocol'>, proofs: boolean): string[] {
  const lines = listener.protocol === 'TERMINATED_HTTPS' || proofs ? [...REMOVE_PROOFS] : [];
  for (const [name, value] of Object.entries(listener.insert_headers)) {
    lines.push(...(name === FORWARDED_FOR ? forwardedFor(value) : headerLine(name, value)));
  }
  return lines;
}

function headerLine(name: string, value: string): string[] {
  const format = Object.hasOwn(SWITCHES, name) ? SWITCHES[name] : undefined;
  if (format === undefined) {
    return [`http-request set-header ${word(name)} ${value === '' ? NOTHING : formatWord(value)}`];
  }
  return isOn(value) ? [`http-request set-header ${name} ${word(format)}`] : [];
}

/**
 * The client joins the list in one line. Several lines, which is the same as one but few clients send, get another one.
 */
function forwardedFor(value: string): string[] {
  const one = `{ req.fhdr_cnt(${FORWARDED_FOR}) eq 1 }`;
  return isOn(value)
    ? [
        `http-request set-header ${FORWARDED_FOR} '%[req.fhdr(${FORWARDED_FOR})], %[src]' if ${one}`,
        `http-request add-header ${FORWARDED_FOR} %[src] unless ${one}`,
      ]
    : [];
}

function isOn(value: string): boolean {
  return value.toLowerCase() === 'true';
}
