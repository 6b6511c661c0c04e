/** What commands are made with: where they print, and how they reach the gateway. */
import type { Command } from 'commander';
import { type Client, connect } from './connection/client.js';
import type { TargetFlags } from './connection/target.js';
import { Terminal } from './terminal.js';
import type { World } from './world.js';

export class Cli {
  readonly terminal: Terminal;

  constructor(readonly world: World) {
    this.terminal = new Terminal(world);
  }

  /** The gateway that a command's options, and the environment, name. @throws SluiceError */
  async client(command: Command): Promise<Client> {
    return await connect(command.optsWithGlobals<TargetFlags>(), this.world.env);
  }
}
