/**
 * What the control plane does for a request: a pure function from state to state. Operations run one after another, several may be
 * saved and applied together; one that throws changes nothing and disturbs no other.
 */
import type { Caller } from '../model/identity.js';
import type { State } from '../model/state.js';
import type { Subnet } from '../model/subnet.js';

/** What an operation may look at besides its own input. */
export interface Context {
  state: State;
  caller: Caller;
  /** `2026-01-31T12:00:00`, for created_at and updated_at. */
  now: string;
  newId: () => string;
  /** Subnets of the host file, for VIPs that are allocated. */
  subnets: readonly Subnet[];
  /** The gateway's local addresses, canonical text. */
  localAddresses: ReadonlySet<string>;
  /** Encrypts a secret of an object with the gateway's vault. @param id of the object; the secret opens for no other */
  seal: (secret: string, id: string) => string;
  /** Why a load balancer cannot be changed now: the reason it is in ERROR; undefined: it can. */
  errorOf: (loadbalancerId: string) => string | undefined;
}

/** The new state, and what the caller is told. */
export interface Result<T> {
  state: State;
  result: T;
}

/** @throws SluiceError: nothing changes */
export type Operation<T> = (context: Context) => Result<T>;
