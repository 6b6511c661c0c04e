/** TCP probes of health checks, through the addon. */
import { addressBytes, addressFamily } from '../model/address.js';
import { loadAddon, type ProbeResult } from './addon.js';

/**
 * SYN, SYN-ACK, RST towards an address in canonical text.
 * @throws NativeError when this host itself is at fault, such as no descriptor left
 */
export async function probePort(address: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  const bytes = addressBytes(address);
  return await loadAddon().probeTcp({
    address: addressFamily(address) === 4 ? bytes.slice(12) : bytes,
    port,
    timeoutMs,
  });
}
