/** Which daemon a command talks to. */
import type { Command } from 'commander';
import { DEFAULT_HOST_FILE, DEFAULT_SOCKET, loadHostFile } from '../config/host-file.js';
import { Client } from './client.js';

/** The socket: --socket, else $SLUICE_SOCKET, else the host file's, else the default. */
export async function clientOf(command: Command): Promise<Client> {
  const { socket } = command.optsWithGlobals<{ socket?: string }>();
  return new Client(socket ?? process.env.SLUICE_SOCKET ?? (await configuredSocket()));
}

/** A host file that is missing or has faults is the daemon's matter. */
async function configuredSocket(): Promise<string> {
  try {
    return (await loadHostFile(DEFAULT_HOST_FILE)).api.socket;
  } catch {
    return DEFAULT_SOCKET;
  }
}
