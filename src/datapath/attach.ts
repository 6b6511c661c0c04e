/** The program on its interfaces. Links are pinned: packets go on being balanced when no daemon runs. */
import { SluiceError } from '../model/errors.js';
import type { Addon, BpfProgram, NativeError, XdpMode } from './addon.js';
import type { Attachment } from './datapath.js';
import type { HostInterface } from './host.js';
import type { Pins } from './pins.js';

export interface Attached extends Attachment {
  /** An older program was replaced, with no packet passing in between. */
  adopted: boolean;
}

/**
 * Runs the program on an interface, natively where the driver can.
 * @throws SluiceError `interface_unusable` with what to do
 */
export function attachInterface(addon: Addon, pins: Pins, program: BpfProgram, host: HostInterface): Attached {
  const adopted = replaceProgram(addon, pins, program, host);
  if (adopted) {
    return { interface: host.name, ifindex: host.ifindex, mode: adopted, adopted: true };
  }
  try {
    const { link, mode } = program.attachXdp(host.ifindex, 'auto');
    try {
      link.pin(pins.link(host.name));
    } finally {
      link.close();
    }
    return { interface: host.name, ifindex: host.ifindex, mode, adopted: false };
  } catch (cause) {
    throw new SluiceError('interface_unusable', refusal(host, cause as NativeError), { cause });
  }
}

/** Undefined when nothing usable is pinned; a link to an interface that was deleted since is removed. */
function replaceProgram(addon: Addon, pins: Pins, program: BpfProgram, host: HostInterface): XdpMode | undefined {
  if (!pins.links().includes(host.name)) {
    return undefined;
  }
  const link = addon.openPinnedLink(pins.link(host.name));
  try {
    const { ifindex, mode } = link.info();
    if (ifindex === host.ifindex) {
      link.update(program);
      return mode ?? 'native';
    }
  } finally {
    link.close();
  }
  pins.removeLink(host.name);
  return undefined;
}

function refusal(host: HostInterface, error: NativeError): string {
  if (error.code === 'EBUSY' || error.code === 'EEXIST') {
    return `${host.name} already runs another XDP program (id ${host.xdpProgram}); see what it is with "bpftool prog show id ${host.xdpProgram}" and remove it with "ip link set dev ${host.name} xdp off"`;
  }
  return `${host.name} runs XDP neither in native nor in generic mode (${error.code}: ${error.message}); look at "dmesg", lower its MTU below 3,500, switch LRO off with "ethtool -K ${host.name} lro off", or use another interface`;
}
