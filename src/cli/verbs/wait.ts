/** Waits for what a change started. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '../../model/errors.js';
import type { Json } from '../resources/resource.js';
import { objectIn, objectPath } from './collection.js';
import type { Context } from './context.js';
import type { Found } from './names.js';

/** Time between two looks: from the first to the last, ms. */
const FIRST_PAUSE = 50;
const LAST_PAUSE = 2000;

/** What was waited for did not come. */
export class WaitFailed extends Error {}

/**
 * Resolves with the object once its provisioning_status is ACTIVE.
 * @param seconds that it may take
 * @throws WaitFailed when it becomes ERROR, or the time is over
 */
export async function waitUntilActive(context: Context, place: Found, seconds: number): Promise<Json> {
  const path = objectPath(place.type, place.key, place.parentId);
  return await poll(context, place, seconds, async () => {
    const object = objectIn(place.type, await context.client.get<Json>(path));
    const status = String(object.provisioning_status);
    if (status === 'ERROR') {
      const reason = object.status_reason ? `: ${object.status_reason}` : '';
      throw new WaitFailed(`${place.type.noun} ${place.written} is in ERROR${reason}`);
    }
    return status === 'ACTIVE' ? { done: object } : { status };
  });
}

/** Resolves once the object is not there any more. @throws WaitFailed */
export async function waitUntilGone(context: Context, place: Found, seconds: number): Promise<void> {
  const path = objectPath(place.type, place.key, place.parentId);
  await poll(context, place, seconds, async () => {
    try {
      const object = objectIn(place.type, await context.client.get<Json>(path));
      const status = String(object.provisioning_status);
      return status === 'DELETED' ? { done: true } : { status };
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'not_found') {
        return { done: true };
      }
      throw error;
    }
  });
}

type Look<T> = { done: T } | { status: string };

async function poll<T>(
  { terminal }: Context,
  { type, written }: Found,
  seconds: number,
  look: () => Promise<Look<T>>,
): Promise<T> {
  const start = performance.now();
  let pause = FIRST_PAUSE;
  try {
    for (;;) {
      const seen = await look();
      if ('done' in seen) {
        return seen.done;
      }
      const waited = (performance.now() - start) / 1000;
      if (waited >= seconds) {
        throw new WaitFailed(`${type.noun} ${written} is still ${seen.status} after ${Math.round(waited)} s`);
      }
      terminal.progress(`${type.noun} ${written} is ${seen.status}, for ${waited.toFixed(0)} s`);
      await sleep(Math.min(pause, (seconds - waited) * 1000));
      pause = Math.min(LAST_PAUSE, pause * 2);
    }
  } finally {
    terminal.clearProgress();
  }
}
