import { describe, expect, it } from 'vitest';
import { eventLabels, outcomeLabels } from '../datapath/layouts.js';
import { EVENTS, isRefusal, OUTCOMES } from './explanations.js';

describe('explanations', () => {
  it('cover every outcome and nothing else', () => {
    expect(Object.keys(OUTCOMES)).toEqual(Object.values(outcomeLabels));
  });

  it('cover every event and nothing else', () => {
    expect(Object.keys(EVENTS)).toEqual(Object.values(eventLabels));
  });

  it.each(Object.entries({ ...OUTCOMES, ...EVENTS }))('%s is explained in whole sentences', (_label, explanation) => {
    for (const sentence of Object.values(explanation)) {
      expect(sentence).toMatch(/^[A-Z`].*[.]$/);
    }
  });

  it('tell what to do about whatever turns healthy traffic away', () => {
    const silent = Object.keys(OUTCOMES).filter((label) => isRefusal(label) && !OUTCOMES[label]?.remedy);
    expect(silent).toEqual(['drop_ip_options', 'drop_race']);
  });
});
