import { describe, expect, it } from 'vitest';
import { Delivery, type DeliveryOptions } from './delivery.js';
import { IncompleteWrite, type Target } from './targets/target.js';

const block = (text: string) => Buffer.from(text);

/** A target whose writes wait until the test decides about them. */
class FakeTarget implements Target {
  readonly label = 'somewhere';
  readonly taken: string[] = [];
  closed = false;
  #waiting: { block: Uint8Array; resolve: (tooLong: number) => void; reject: (error: Error) => void }[] = [];
  #arrived: (() => void)[] = [];

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ block: bytes, resolve, reject });
      for (const arrived of this.#arrived.splice(0)) arrived();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('closed'));
  }

  async #next() {
    if (this.#waiting.length === 0) await new Promise<void>((resolve) => this.#arrived.push(resolve));
    return this.#waiting.shift()!;
  }

  async take(tooLong = 0): Promise<void> {
    const { block: bytes, resolve } = await this.#next();
    this.taken.push(Buffer.from(bytes).toString());
    resolve(tooLong);
    await settled();
  }

  async refuse(error: Error): Promise<void> {
    (await this.#next()).reject(error);
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function deliver(options: Partial<DeliveryOptions> = {}) {
  const said: string[] = [];
  const log = {
    info: (text: string) => said.push(`info ${text}`),
    warn: (text: string) => said.push(`warn ${text}`),
  } as unknown as DeliveryOptions['log'];
  const target = new FakeTarget();
  return { said, target, delivery: new Delivery(target, { log, retryMs: 1, calmMs: 0, ...options }) };
}

describe('blocks', () => {
  it('are written one after the other, in order', async () => {
    const { target, delivery } = deliver();
    for (const text of ['a\n', 'b\n', 'c\n']) delivery.offer(block(text), 1);
    for (let i = 0; i < 3; i++) await target.take();
    expect(target.taken).toEqual(['a\n', 'b\n', 'c\n']);
  });

  it('for which there is no room are dropped, whoever takes how long', async () => {
    const { said, target, delivery } = deliver({ limitBytes: 10 });
    delivery.offer(block('12345\n'), 1);
    delivery.offer(block('123\n'), 1);
    delivery.offer(block('lost\nlost\n'), 2);
    delivery.offer(block('also\n'), 1);
    expect(delivery.lost.slow).toBe(3);
    await target.take();
    delivery.offer(block('room\n'), 1);
    await target.take();
    await target.take();
    expect(target.taken).toEqual(['12345\n', '123\n', 'room\n']);
    expect(said).toEqual([
      'warn access log, somewhere: it takes fewer lines than there are; some are lost',
      'info access log, somewhere: takes all lines again; 3 were lost',
    ]);
  });

  it('larger than the room there is are taken while nothing waits', async () => {
    const { target, delivery } = deliver({ limitBytes: 2 });
    delivery.offer(block('larger\n'), 1);
    await target.take();
    expect(target.taken).toEqual(['larger\n']);
  });
});

describe('a target that fails', () => {
  it('is tried again, with what it did not take, and nothing is lost', async () => {
    const { said, target, delivery } = deliver();
    delivery.offer(block('a\nb\n'), 2);
    await target.refuse(new Error('ENOSPC: no space left'));
    await target.refuse(new IncompleteWrite(2, new Error('ENOSPC: no space left')));
    await target.take();
    expect(target.taken).toEqual(['b\n']);
    expect(delivery.lost).toEqual({ slow: 0, failed: 0, too_long: 0, stopped: 0 });
    expect(said).toEqual([
      'warn access log, somewhere: ENOSPC: no space left; lines wait, and are lost when too many do',
      'info access log, somewhere: takes all lines again; 0 were lost',
    ]);
  });

  it('loses what finds no room, under its own cause', async () => {
    const { target, delivery } = deliver({ limitBytes: 4 });
    delivery.offer(block('abc\n'), 1);
    await target.refuse(new Error('gone'));
    delivery.offer(block('more\n'), 1);
    expect(delivery.lost).toMatchObject({ failed: 1, slow: 0 });
    await target.take();
  });

  it('is told of once until it has been calm for a while', async () => {
    const { said, target, delivery } = deliver({ calmMs: 60_000 });
    for (let i = 0; i < 5; i++) {
      delivery.offer(block('a\n'), 1);
      await target.refuse(new Error('now and then'));
      await target.take();
    }
    expect(said).toHaveLength(1);
  });

  it('that never takes some lines has them counted', async () => {
    const { said, target, delivery } = deliver();
    delivery.offer(block('a\nb\n'), 2);
    await target.take(1);
    expect(delivery.lost.too_long).toBe(1);
    expect(said[0]).toContain('1 lines are longer than it takes');
  });
});

describe('close', () => {
  it('waits for what is queued', async () => {
    const { target, delivery } = deliver();
    delivery.offer(block('a\n'), 1);
    const closed = delivery.close();
    await target.take();
    await closed;
    expect(target).toMatchObject({ taken: ['a\n'], closed: true });
    expect(delivery.lost.stopped).toBe(0);
  });

  it('does not wait for a target that is stuck, and counts what waited', async () => {
    const { target, delivery } = deliver();
    delivery.offer(block('a\nb\n'), 2);
    delivery.offer(block('c\n'), 1);
    await delivery.close();
    expect(target.closed).toBe(true);
    expect(delivery.lost.stopped).toBe(3);
  });
});
