import { expect, it } from 'vitest';
import { countOf } from '../src/state/counts.svelte';
import { item, observation } from './core';

it('counts what can be answered, and a shared figure only when it is one', () => {
  const items = [
    item({ required: true }),
    item({ mine: observation({}), required: true }),
    item({ input: 'note', required: true }),
    item({ input: 'calculated', calculated: '3' }),
    item({ header: true, values: ['41'] }),
    item({ header: true, values: ['41', '42'], required: true }),
  ];
  expect(countOf(items)).toEqual({ relevant: 4, answered: 2, required_missing: 2 });
  expect(countOf([])).toEqual({ relevant: 0, answered: 0, required_missing: 0 });
});
