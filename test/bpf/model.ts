/**
 * What the gateway has to make of packets, written down a second time and another way: on lists of options instead of bytes, with
 * headers built and checksums computed anew. It knows one session; addresses are the business of its conversation.
 */
import type { Tcp } from '../support/packet.js';
import { nop, OPTION_KIND, type TcpOption, toa } from '../support/tcp-options.js';
import type { Ends } from './conversation.js';

/** A segment as its sender makes it; options split as `decodeOptions` does. */
export type Segment = Pick<Tcp, 'seq' | 'ack' | 'flags' | 'options' | 'window' | 'urgent'> & {
  payload: Uint8Array;
  ip: { tos: number; identification: number; dontFragment: boolean; ttl: number };
  trailer: Uint8Array;
};

export interface Prediction {
  segment: Segment;
  /** Labels of events, in the order of enum event. */
  events: string[];
}

export interface SessionModelOptions {
  ends: Ends;
  toa: boolean;
  /** The listener's largest MSS; 0: any. */
  mss: number;
  /** Of the way to the member, bytes of IP packet. */
  mtu: number;
}

const OPTIONS_MOST = 40;
const TOA_LENGTH = 8;
const HEADERS = 40;

const lengthOf = (options: readonly TcpOption[]): number => options.reduce((sum, { length }) => sum + length, 0);
const wholeWords = (length: number): number => Math.ceil(length / 4) * 4;
const has = (segment: Segment, flag: string): boolean => segment.flags.split(' ').includes(flag);

/** One that receivers read: what is none ends the options. */
const isReadable = (option: TcpOption): boolean =>
  option[0] === OPTION_KIND.nop || (option[0] !== OPTION_KIND.end && option.length > 1 && option[1] === option.length);

/** The options that receivers get to see, and the rest. */
function readable(options: readonly TcpOption[]): [read: TcpOption[], rest: TcpOption[]] {
  const stop = options.findIndex((option) => !isReadable(option));
  const count = stop < 0 ? options.length : stop;
  return [options.slice(0, count), options.slice(count)];
}

export class SessionModel {
  readonly #options: SessionModelOptions;
  /** The acknowledgment that says: I have seen your SYN-ACK, and nothing after it. */
  #firstAck: number | undefined;

  constructor(options: SessionModelOptions) {
    this.#options = options;
  }

  /** What the member gets of it. */
  fromClient(sent: Segment): Prediction {
    const events: string[] = [];
    const syn = has(sent, 'SYN');
    let segment = this.#withoutClaims(sent, syn, events);
    if (syn) segment = this.#withSmallerMss(segment, 0, events);
    else if (this.#options.toa && !has(sent, 'RST') && sent.ack === this.#firstAck)
      segment = this.#telling(segment, events);
    return { segment, events };
  }

  /** What the client gets of it. */
  fromMember(sent: Segment): Prediction {
    if (!has(sent, 'SYN')) return { segment: sent, events: [] };
    this.#firstAck = (sent.seq + 1) >>> 0;
    const events: string[] = [];
    return { segment: this.#withSmallerMss(sent, this.#options.toa ? TOA_LENGTH : 0, events), events };
  }

  #withoutClaims(sent: Segment, syn: boolean, events: string[]): Segment {
    const claims: number[] = [OPTION_KIND.toa, OPTION_KIND.toaAlternate];
    if (syn && this.#options.toa) claims.push(OPTION_KIND.fastOpen);
    const [read, rest] = readable(sent.options);
    if (!read.some((option) => claims.includes(option[0]!))) return sent;
    events.push('toa_stripped');
    const harmless = read.flatMap((option) =>
      claims.includes(option[0]!) ? Array<TcpOption>(option.length).fill(nop) : [option],
    );
    return { ...sent, options: [...harmless, ...rest] };
  }

  #withSmallerMss(sent: Segment, room: number, events: string[]): Segment {
    const [read, rest] = readable(sent.options);
    const options = read.map((option) => {
      if (option[0] !== OPTION_KIND.mss || option.length !== 4) return option;
      const asked = option[2]! * 256 + option[3]!;
      const limited = Math.min(asked, this.#options.mss || asked);
      const granted = limited > room + 64 ? limited - room : limited;
      return Uint8Array.of(OPTION_KIND.mss, 4, granted >>> 8, granted & 0xff);
    });
    if (Buffer.compare(Buffer.concat(options), Buffer.concat(read)) !== 0) events.push('mss_clamped');
    return { ...sent, options: [...options, ...rest] };
  }

  #telling(sent: Segment, events: string[]): Segment {
    const told = toa(this.#options.ends.client);
    const before = wholeWords(lengthOf(sent.options));
    const fits = (options: TcpOption[], growth: number) => {
      const size = HEADERS + before + sent.payload.length + sent.trailer.length + growth;
      return wholeWords(lengthOf(options)) <= OPTIONS_MOST && (growth <= 0 || size <= this.#options.mtu);
    };
    const whole = [told, ...sent.options];
    if (before + TOA_LENGTH <= OPTIONS_MOST) {
      const fit = fits(whole, TOA_LENGTH);
      events.unshift(fit ? 'toa_inserted' : 'toa_no_room');
      return fit ? { ...sent, options: whole } : sent;
    }
    const [read] = readable(sent.options);
    for (const droppable of [[OPTION_KIND.nop], [OPTION_KIND.nop, OPTION_KIND.sack]] as number[][]) {
      const pruned = [told, ...read.filter((option) => !droppable.includes(option[0]!))];
      if (!fits(pruned, wholeWords(lengthOf(pruned)) - before)) continue;
      events.unshift('toa_inserted', 'toa_pruned');
      return { ...sent, options: pruned };
    }
    events.unshift('toa_no_room');
    return sent;
  }
}

/** Largest payload of a segment with these options for an MTU of 1500. */
export const roomFor = (options: readonly TcpOption[]): number => 1500 - HEADERS - wholeWords(lengthOf(options));
