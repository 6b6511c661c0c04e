/** What every verb works with. */
import type { Client } from '../connection/client.js';
import type { Terminal } from '../terminal.js';
import type { World } from '../world.js';
import { Labels } from './labels.js';
import { Names } from './names.js';

export class Context {
  readonly names: Names;
  readonly labels: Labels;

  constructor(
    readonly client: Client,
    readonly terminal: Terminal,
    readonly world: World,
  ) {
    this.labels = new Labels(client);
    this.names = new Names(client, this.labels);
  }
}
