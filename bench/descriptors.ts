/** What the kernel tells about this process's BPF file descriptors. */
import { readdirSync, readFileSync } from 'node:fs';

const FDINFO = '/proc/self/fdinfo';

/** Number of the file descriptor that holds a program: tables of programs are written by descriptor. */
export function programDescriptor(id: number): number {
  return find('prog_id', id).descriptor;
}

/** Kernel memory of a map, bytes. */
export function mapMemory(id: number): number {
  return Number(/^memlock:\s*(\d+)$/m.exec(find('map_id', id).info)?.[1]);
}

function find(field: string, id: number): { descriptor: number; info: string } {
  for (const descriptor of readdirSync(FDINFO)) {
    const info = read(`${FDINFO}/${descriptor}`);
    if (new RegExp(`^${field}:\\s*${id}$`, 'm').test(info)) return { descriptor: Number(descriptor), info };
  }
  throw new Error(`this process has no descriptor with ${field} ${id}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The descriptor of the listing itself is gone by now.
    return '';
  }
}
