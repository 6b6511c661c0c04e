/** Forwarding policies of the contests: half of them exact paths, half prefixes, on a hundred hosts. `requests.lua` asks for the same. */

export interface Policy {
  host: string;
  path: string;
  exact: boolean;
  pool: 'one' | 'two';
}

const HOSTS = 100;

export function policies(count: number): Policy[] {
  return Array.from({ length: count }, (_, index) => {
    const exact = index % 2 === 0;
    return {
      host: `h${index % HOSTS}.example`,
      path: exact ? `/exact/${index}` : `/prefix/${index}/`,
      exact,
      pool: index % 4 < 2 ? 'one' : 'two',
    };
  });
}
