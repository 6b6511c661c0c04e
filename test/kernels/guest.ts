/** Boots one kernel with one initramfs and reads, line by line, what the guest says over its serial port. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Boot {
  image: string;
  initramfs: string;
  memoryMiB: number;
  /** The guest is ended after this time: protection against one that hangs, s. */
  limitSeconds: number;
}

/** Resolves when the guest has switched itself off or was ended; `onLine` gets every line, without its line end. */
export async function bootGuest(boot: Boot, onLine: (line: string) => void): Promise<{ ended: 'off' | 'limit' }> {
  const guest = spawn('qemu-system-x86_64', argumentsFor(boot), { stdio: ['ignore', 'pipe', 'inherit'] });
  let ended: 'off' | 'limit' = 'off';
  const limit = setTimeout(() => {
    ended = 'limit';
    guest.kill('SIGKILL');
  }, boot.limitSeconds * 1000);
  const end = () => guest.kill('SIGKILL');
  process.once('exit', end);
  try {
    const closed = new Promise<void>((resolve, reject) => {
      guest.once('error', reject);
      guest.once('close', () => resolve());
    });
    createInterface({ input: guest.stdout }).on('line', (line) => onLine(line.replace(/\r/g, '')));
    await closed;
  } finally {
    clearTimeout(limit);
    process.removeListener('exit', end);
  }
  return { ended };
}

function argumentsFor(boot: Boot): string[] {
  return [
    // Emulated also where KVM is there: inside another virtual machine KVM often fails, and the same everywhere is worth more.
    ...['-machine', 'q35', '-accel', 'tcg', '-cpu', 'max', '-m', `${boot.memoryMiB}`],
    // No devices but the serial port: no network either, so the guest cannot reach anything.
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
    ...['-kernel', boot.image, '-initrd', boot.initramfs],
    // panic=-1: a panic ends the guest at once instead of waiting for the limit.
    ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
  ];
}
