/** Bodies of listeners, policies and rules as the API takes them. */

export type Rule = { type: string; compare_type: string; value: string; key?: string; invert?: boolean };

export function http(name: string, port: number, fields: object = {}): object {
  return { name, protocol: 'HTTP', protocol_port: port, ...fields };
}

/** @param certificate id */
export function https(name: string, port: number, certificate: string, fields: object = {}): object {
  return { name, protocol: 'TERMINATED_HTTPS', protocol_port: port, default_tls_container_ref: certificate, ...fields };
}

export function host(value: string): Rule {
  return { type: 'HOST_NAME', compare_type: 'EQUAL_TO', value };
}

export function path(compare_type: 'EQUAL_TO' | 'STARTS_WITH' | 'REGEX', value: string): Rule {
  return { type: 'PATH', compare_type, value };
}

/** A policy that leads to a pool of the load balancer. */
export function toPool(name: string, pool: string, ...rules: Rule[]): object {
  return { name, action: 'REDIRECT_TO_POOL', redirect_pool: { name: pool }, rules };
}
