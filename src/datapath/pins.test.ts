import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pins } from './pins.js';

describe('Pins', () => {
  let root: string;
  let pins: Pins;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sluice-pins-'));
    pins = new Pins('gw1', root);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function pin(path: string): void {
    writeFileSync(path, '');
  }

  it('has nothing before it was created', () => {
    expect([pins.maps(), pins.links(), pins.layout()]).toEqual([[], [], undefined]);
  });

  it('keeps the layout beside the maps', () => {
    pins.create('abc');
    pin(pins.map('services'));
    expect([pins.maps(), pins.layout()]).toEqual([['services'], 'abc']);
  });

  it('pins links of VLAN interfaces, whose names have dots', () => {
    pins.create('abc');
    pin(pins.link('eth0.10'));
    expect(pins.link('eth0.10').slice(root.length)).toBe('/sluice/gw1/links/eth0%2E10');
    expect(pins.links()).toEqual(['eth0.10']);
  });

  it('forgets maps and their layout, and leaves links', () => {
    pins.create('abc');
    pin(pins.map('services'));
    pin(pins.link('eth0'));
    pins.removeMaps();
    expect([pins.maps(), pins.links(), pins.layout()]).toEqual([[], ['eth0'], undefined]);
  });

  it('removes everything of its gateway and nothing of another', () => {
    const other = new Pins('gw2', root);
    for (const each of [pins, other]) {
      each.create('abc');
      pin(each.map('services'));
      pin(each.link('eth0'));
    }
    pins.removeAll();
    pins.removeAll();
    expect([pins.maps(), pins.links()]).toEqual([[], []]);
    expect([other.maps(), other.links(), other.layout()]).toEqual([['services'], ['eth0'], 'abc']);
  });
});
