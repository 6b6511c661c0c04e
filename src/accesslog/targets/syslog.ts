/** Syslog: RFC 5424 in datagrams (RFC 5426) to a server, or the short form that /dev/log of this host takes. */
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { AccessLogConfig, SyslogFacility } from '../../config/access-log-fields.js';
import { type LineSender, openLineSender } from '../../datapath/access-log.js';
import { IncompleteWrite, type Target } from './target.js';

const FACILITIES: Record<SyslogFacility, number> = {
  user: 1,
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
};
const SEVERITY_INFO = 6;
const LOCAL = '/dev/log';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export class SyslogTarget implements Target {
  readonly label: string;
  readonly #address: AccessLogConfig['syslog']['address'];
  readonly #priority: number;
  readonly #path: string;
  #sender: LineSender | undefined;

  /** @param path of the local socket, where no address is given */
  constructor({ address, facility }: AccessLogConfig['syslog'], path = LOCAL) {
    this.#address = address;
    this.#path = path;
    this.#priority = FACILITIES[facility] * 8 + SEVERITY_INFO;
    this.label = `syslog ${address === null ? path : `${address.host}:${address.port}`}`;
  }

  async write(block: Uint8Array): Promise<number> {
    this.#sender ??= await this.#open();
    const sender = this.#sender;
    const { bytes, tooLong, errno } = await sender.send(block, this.#prefix(new Date()));
    if (errno === 0) {
      return tooLong;
    }
    // Whoever listened may be gone, or come back as somebody else.
    await this.close();
    throw new IncompleteWrite(bytes, new Error(reasonOf(errno)));
  }

  async close(): Promise<void> {
    this.#sender?.close();
    this.#sender = undefined;
  }

  async #open(): Promise<LineSender> {
    if (this.#address === null) {
      return openLineSender({ path: this.#path });
    }
    const { address } = await lookup(this.#address.host);
    return openLineSender({ address, port: this.#address.port });
  }

  /** The same for all lines of a block, which are 200 ms apart at most; each says its own time. */
  #prefix(now: Date): Uint8Array {
    const text =
      this.#address === null
        ? `<${this.#priority}>${localTime(now)} sluice-access[${process.pid}]: `
        : `<${this.#priority}>1 ${now.toISOString()} ${hostname()} sluice ${process.pid} access - `;
    return Buffer.from(text);
  }
}

function localTime(now: Date): string {
  const clock = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${MONTHS[now.getMonth()]} ${String(now.getDate()).padStart(2)} ${clock.join(':')}`;
}

function reasonOf(errno: number): string {
  const name = getSystemErrorName(-errno);
  return name === 'EAGAIN' ? 'it takes no more for now (EAGAIN)' : `nobody takes them there (${name})`;
}
