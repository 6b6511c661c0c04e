/** One change after the other: files first, then commands, a reload where those are not enough, and back where that fails. */
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProxyConfig } from '../proxy-config.js';
import { checkConfig } from './check.js';
import { setState } from './commands.js';
import { diff, type Plan } from './diff.js';
import { withServerStates } from './diff-backends.js';
import type { Applied, ProxyLog } from './engine.js';
import { installedVersion } from './features.js';
import { readFiles, writeAtomic, writeFiles } from './files.js';
import type { Leftovers } from './leftovers.js';
import { ReloadPace } from './pace.js';
import type { ProxyPaths } from './paths.js';
import { ensureFree, newBinds } from './ports.js';
import type { LocalRoutes } from './routes.js';
import type { RunningProxy } from './running.js';
import { carryOut, send } from './runtime.js';
import { correction, parseServerStates } from './server-states.js';
import { canTeach, TEACHING_POLL_MS } from './teaching.js';

const NOTHING: ProxyConfig = {
  base: '',
  frontends: new Map(),
  backends: new Map(),
  variables: new Map(),
  maps: new Map(),
  certificates: new Map(),
  certificateLists: new Map(),
  authorities: new Map(),
  revocations: new Map(),
  pages: new Map(),
  addresses: [],
  warnings: [],
};

const UNKNOWN = 'what runs is not known';

export interface ApplierParts {
  paths: ProxyPaths;
  binary: string;
  running: RunningProxy;
  leftovers: Leftovers;
  routes: LocalRoutes;
  log: ProxyLog;
}

/** Its methods are to be called one at a time. */
export class Applier {
  readonly #parts: ApplierParts;
  readonly #pace = new ReloadPace();
  /** What is on disk. */
  #current: ProxyConfig = NOTHING;
  /** Whether that is what runs; otherwise only a reload makes it so. */
  #known = false;

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /** Whether it is there already: a comparison of references, for calls that change nothing. */
  isCurrent(config: ProxyConfig): boolean {
    return this.#known && this.#current === config;
  }

  plan(wanted: ProxyConfig): Plan {
    const plan = diff(this.#current, wanted, this.#parts.paths.run);
    return this.#known ? plan : { ...plan, reload: [UNKNOWN, ...plan.reload], files: true };
  }

  /** Time until a reload may begin, ms; 0: now. */
  async untilReload(): Promise<number> {
    const { running } = this.#parts;
    const wait = this.#pace.wait();
    if (wait > 0 || !this.#known || !running.alive) {
      return wait;
    }
    return (await canTeach(await running.control())) ? 0 : TEACHING_POLL_MS;
  }

  /** Takes over what an earlier daemon left: what is on disk, if that is what runs. */
  async adopt(): Promise<void> {
    const { paths, running, log } = this.#parts;
    const found = await running.adopt();
    const left = found === undefined || !existsSync(paths.marker) ? undefined : readFiles(paths);
    if (found === undefined || left === undefined) {
      return;
    }
    const installed = await installedVersion(this.#parts.binary);
    if (found.worker?.version !== installed) {
      log.info({ running: found.worker?.version, installed }, 'HAProxy was upgraded; it is reloaded');
      return;
    }
    // Its addresses are not in its files, but they are in the routing table.
    this.#current = { ...left, addresses: await this.#parts.routes.ours() };
    this.#known = await this.#synchronise();
  }

  /**
   * @param plan of {@link plan}, for the same configuration
   * @throws SluiceError when HAProxy does not take it; the configuration of before stays, on disk and in the process
   */
  async change(wanted: ProxyConfig, plan: Plan): Promise<Applied> {
    const { paths, routes, running } = this.#parts;
    const before = this.#current;
    const known = this.#known;
    if (before.addresses !== wanted.addresses || !known) {
      await routes.add(wanted.addresses);
    }
    let applied: Applied = { reloaded: false, commands: 0 };
    if (plan.files) {
      try {
        if (known && running.alive && plan.reload.length > 0) {
          await ensureFree(newBinds(before, wanted));
        }
        rmSync(paths.marker, { force: true });
        writeFiles(paths, known ? before : undefined, wanted);
        applied = await this.#make(plan);
        this.#known = true;
        writeAtomic(paths.marker, '');
      } catch (error) {
        await this.#goBack(wanted, before, known);
        throw error;
      }
    }
    this.#current = wanted;
    if (before.addresses !== wanted.addresses || !known) {
      await routes.removeAllBut(wanted.addresses);
    }
    return applied;
  }

  /** What can be done at once of a change that has to wait for its reload: weights and states of servers. */
  async changeServerStates(wanted: ProxyConfig): Promise<void> {
    const now = this.#known ? withServerStates(this.#current, wanted) : this.#current;
    if (now !== this.#current) {
      await this.change(now, this.plan(now));
    }
  }

  /** Starts HAProxy again with what is on disk. @throws SluiceError with HAProxy's reason */
  async restart(): Promise<void> {
    this.#parts.leftovers.forget();
    await this.#parts.running.start();
    this.#known = true;
    writeAtomic(this.#parts.paths.marker, '');
  }

  async #make(plan: Plan): Promise<Applied> {
    const { paths, binary, running, leftovers, log } = this.#parts;
    let commands = 0;
    if (!running.alive) {
      await checkConfig(binary, paths);
      await this.restart();
      return { reloaded: true, commands };
    }
    let reasons = plan.reload;
    if (reasons.length === 0) {
      try {
        commands = await carryOut(await running.control(), plan.steps, leftovers);
        return { reloaded: false, commands };
      } catch (error) {
        // From here on only a reload makes HAProxy be what is on disk.
        this.#known = false;
        reasons = [(error as Error).message];
      }
    }
    await delay(this.#pace.wait());
    await checkConfig(binary, paths);
    const old = await running.reload();
    leftovers.forget();
    this.#pace.reloaded(old);
    log.info({ reasons: reasons.slice(0, 5), of: reasons.length, old_workers: old }, 'HAProxy was reloaded');
    return { reloaded: true, commands };
  }

  /** Without the earlier configuration there is nothing to go back to: what is on disk is tried again with the next change. */
  async #goBack(wanted: ProxyConfig, before: ProxyConfig, known: boolean): Promise<void> {
    const { paths, routes } = this.#parts;
    if (known) {
      writeFiles(paths, wanted, before);
      await routes.removeAllBut(before.addresses);
    } else {
      this.#current = wanted;
    }
    if (this.#known) {
      writeAtomic(paths.marker, '');
    }
  }

  /** Makes weights and states of the running servers those on disk. @returns whether all servers are there */
  async #synchronise(): Promise<boolean> {
    const { running, leftovers, log } = this.#parts;
    const control = await running.control();
    const [answer] = await control.ask(['show servers state']);
    const { commands, missing, strangers } = correction(this.#current, parseServerStates(answer!));
    const maintenance = [...strangers.keys()].map((key) => setState(key, 'maint'));
    await send(control, [...commands, ...maintenance]);
    leftovers.add(strangers);
    log.info({ corrected: commands.length, leftovers: strangers.size }, 'HAProxy of an earlier daemon was taken over');
    return missing.length === 0;
  }
}
