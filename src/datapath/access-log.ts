/** What the access log needs of the addon: the thread that reads HAProxy's lines, and datagrams that node cannot send. */
import { addressBytes, addressFamily } from '../model/address.js';
import { type LineSender, type LogReader, type LogReaderOptions, loadAddon } from './addon.js';

export { type LineSender, LOG_FIGURES, type LogReader } from './addon.js';

/** See {@link Addon.makeLogPipe}. */
export function makeLogPipe(path: string): void {
  loadAddon().makeLogPipe(path);
}

/** See {@link Addon.openLogReader}. */
export function openLogReader(options: LogReaderOptions): LogReader {
  return loadAddon().openLogReader(options);
}

/** Datagrams to a Unix socket, or to an address in canonical text and a UDP port. */
export function openLineSender(to: { path: string } | { address: string; port: number }): LineSender {
  if ('path' in to) {
    return loadAddon().openLineSender(to);
  }
  const bytes = addressBytes(to.address);
  const address = addressFamily(to.address) === 4 ? bytes.slice(12) : bytes;
  return loadAddon().openLineSender({ address, port: to.port });
}
