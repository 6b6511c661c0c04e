/** What a gateway gives to operations, in forms that tests can foretell. */

/** A maker of ids: UUIDs that count upwards from 1, the same ones in every run. */
export function idSequence(): () => string {
  let count = 0;
  return () => `00000000-0000-4000-8000-${(++count).toString(16).padStart(12, '0')}`;
}

/** Seals nothing, but the secret cannot be read at a glance: a test that looks for it finds it only where it leaked. */
export function fakeSeal(secret: string, id: string): string {
  return `${id}:${Buffer.from(secret).toString('base64')}`;
}
