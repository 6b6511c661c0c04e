/** Loads gateway.bpf.o: sizes from the host file, maps pinned or adopted, one layout for both. */
import type { Logger } from 'pino';
import { SluiceError } from '../model/errors.js';
import { type Addon, type BpfObject, bpfObjectPath, type NativeError } from './addon.js';
import { LAYOUT_HASH, LAYOUT_TYPES } from './layouts.js';
import { MAP_NAMES } from './maps.js';
import type { Pins } from './pins.js';
import { layoutHash } from './shapes.js';

export interface LoadOptions {
  /** Sessions the table should hold. */
  sessions: number;
  /** Drop pinned maps that do not fit instead of refusing or keeping them. */
  discardSessions: boolean;
}

/** Leases of one member land in a few words; with 16 bits a session the words are sparse enough for the first try. */
const LEASE_BITS_PER_SESSION = 16;
const MIN_LEASE_WORDS = 16_384;

/**
 * The object with maps and programs in the kernel. The caller closes it.
 * @throws SluiceError `layout_mismatch`, `dataplane_failed`, `kernel_unsupported`
 */
export async function loadGateway(addon: Addon, pins: Pins, options: LoadOptions, log: Logger): Promise<BpfObject> {
  settleLayout(pins, options, log);
  settleSize(addon, pins, options, log);
  pins.create(LAYOUT_HASH);
  const object = addon.openObject(bpfObjectPath('gateway'));
  try {
    checkObject(object);
    object.setMaxEntries('sessions4', pinnedEntries(addon, pins, 'sessions4') ?? 2 * options.sessions);
    object.setMaxEntries('lease_words', pinnedEntries(addon, pins, 'lease_words') ?? leaseWords(options.sessions));
    for (const name of MAP_NAMES) {
      object.setPinPath(name, pins.map(name));
    }
    await object.load();
    return object;
  } catch (error) {
    object.close();
    throw error instanceof SluiceError ? error : explain(error as NativeError, options);
  }
}

/** Words of 64 leases for a number of sessions: a power of two, so that the program finds one with a mask. */
export function leaseWords(sessions: number): number {
  const words = (sessions * LEASE_BITS_PER_SESSION) / 64;
  return Math.max(MIN_LEASE_WORDS, 2 ** Math.ceil(Math.log2(words)));
}

/** Maps of another layout cannot be read: every session in them is lost, and only the operator may decide that. */
function settleLayout(pins: Pins, options: LoadOptions, log: Logger): void {
  const pinned = pins.layout();
  if (pinned === LAYOUT_HASH || pins.maps().length === 0) {
    return;
  }
  if (!options.discardSessions) {
    throw new SluiceError(
      'layout_mismatch',
      `the maps pinned under ${pins.directory} have another layout (${pinned ?? 'unknown'}) than this release (${LAYOUT_HASH}); their sessions cannot be carried over. The running data plane goes on as it is. To replace it and lose its sessions, start once with: sluice serve --discard-sessions`,
    );
  }
  log.warn({ pinned, layout: LAYOUT_HASH }, 'discarding all sessions: the pinned maps have another layout');
  pins.removeMaps();
}

function settleSize(addon: Addon, pins: Pins, options: LoadOptions, log: Logger): void {
  const entries = pinnedEntries(addon, pins, 'sessions4');
  if (entries === undefined || entries === 2 * options.sessions) {
    return;
  }
  const sizes = { configured: options.sessions, pinned: entries / 2 };
  if (options.discardSessions) {
    log.warn(sizes, 'discarding all sessions: the table gets another size');
    pins.removeMaps();
    return;
  }
  log.warn(
    sizes,
    'gateway.sessions differs from the table that is in use, whose size is kept with its sessions; to resize it and lose them, start once with --discard-sessions',
  );
}

/** An object of another build would be read with the wrong codecs. */
function checkObject(object: BpfObject): void {
  if (layoutHash(object.btf(), LAYOUT_TYPES) !== LAYOUT_HASH) {
    throw new SluiceError(
      'dataplane_failed',
      `${bpfObjectPath('gateway')} was built from other sources than this program; install the package again, or build it with "npm run build:native"`,
    );
  }
}

function pinnedEntries(addon: Addon, pins: Pins, name: string): number | undefined {
  if (!pins.maps().includes(name)) {
    return undefined;
  }
  const map = addon.openPinnedMap(pins.map(name));
  try {
    return map.maxEntries;
  } finally {
    map.close();
  }
}

function explain(error: NativeError, options: LoadOptions): Error {
  const detail = error.detail ? `\n${error.detail.trimEnd().split('\n').slice(-8).join('\n')}` : '';
  switch (error.code) {
    case 'ENOMEM':
      return new SluiceError(
        'dataplane_failed',
        `not enough memory for ${options.sessions} sessions (about 400 bytes each); lower gateway.sessions`,
        { cause: error },
      );
    case 'EPERM':
      return new SluiceError(
        'permission_denied',
        `the kernel refuses to load the data plane; run as root, outside containers that drop CAP_BPF${detail}`,
        { cause: error },
      );
    case 'EACCES':
    case 'E2BIG':
      return new SluiceError(
        'kernel_unsupported',
        `this kernel's verifier refuses the data plane; report it with the lines below and the output of uname -r${detail}`,
        { cause: error },
      );
    default:
      return new SluiceError('dataplane_failed', `cannot load the data plane: ${error.message}${detail}`, {
        cause: error,
      });
  }
}
