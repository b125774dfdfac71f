import { beforeEach, describe, expect, it } from 'vitest';
import { Saver, type Target, type Wish } from '../src/state/saver.svelte';
import { heldCore, SAVED, settle, type Waiting } from './core';
import type { Ask } from '../src/ipc/dispatch';

const target: Target = { visit: 'v', form: 'F01', item: 'f01_06', place: 'p', header: false };
const wish = (answer: string | null, note: string | null = null): Wish => ({ answer, evidence: [], note });

let ask: Ask;
let asked: Waiting[];
let saver: Saver;
beforeEach(() => {
  ({ ask, asked } = heldCore());
  saver = new Saver(ask, () => 1000);
});

describe('saving an answer', () => {
  it('says saved only when the core has said so', async () => {
    saver.save(target, wish('no'));
    await settle();
    expect(saver.of(target)?.state).toBe('saving');
    expect(saver.unsaved).toBe(1);
    expect(asked[0]?.request).toEqual({
      op: 'answer',
      visit: 'v',
      form: 'F01',
      item: 'f01_06',
      place: 'p',
      row: null,
      answer: 'no',
      evidence: [],
      note: null,
      observed_at: null,
    });
    await asked[0]?.answer(SAVED);
    expect(saver.of(target)).toEqual({ state: 'saved', wish: null, error: null, savedAt: 1000 });
    expect(saver.unsaved).toBe(0);
  });

  it('sends a header figure as one value for all', async () => {
    saver.save({ ...target, header: true }, wish('42'));
    await settle();
    expect(asked[0]?.request).toEqual({ op: 'set-header', visit: 'v', form: 'F01', item: 'f01_06', answer: '42' });
  });

  it('keeps the wish on the screen until the screen was read again', async () => {
    let readAgain: () => void = () => undefined;
    saver.afterSave = () => new Promise((done) => (readAgain = done));
    saver.save(target, wish('yes'));
    await settle();
    await asked[0]?.answer(SAVED);
    expect(saver.of(target)?.wish?.answer).toBe('yes');
    readAgain();
    await settle();
    expect(saver.of(target)?.wish).toBeNull();
  });

  it('sends only the newest wish of an item, and one request at a time', async () => {
    saver.save(target, wish('yes'));
    await settle();
    saver.save(target, wish('partly'));
    saver.save(target, wish('no'));
    saver.save({ ...target, item: 'f01_07' }, wish('yes'));
    await settle();
    expect(asked).toHaveLength(1);
    await asked[0]?.answer(SAVED);
    // The old outcome says nothing about the new wish.
    expect(saver.of(target)?.state).toBe('saving');
    await asked[1]?.answer(SAVED);
    await asked[2]?.answer(SAVED);
    const sent = asked.map((one) =>
      one.request.op === 'answer' ? `${one.request.item} ${one.request.answer ?? ''}` : '',
    );
    expect(sent).toEqual(['f01_06 yes', 'f01_06 no', 'f01_07 yes']);
    expect(saver.unsaved).toBe(0);
  });

  it('keeps what was refused, says why, and sends it again', async () => {
    saver.save(target, wish('no', 'дверь сорвана'));
    await settle();
    await asked[0]?.refuse({ code: 'disk-refused' });
    expect(saver.of(target)).toEqual({
      state: 'failed',
      wish: wish('no', 'дверь сорвана'),
      error: 'disk-refused',
      savedAt: null,
    });
    expect(saver.unsaved).toBe(1);
    saver.retry(target);
    await settle();
    await asked[1]?.answer(SAVED);
    expect(saver.unsaved).toBe(0);
  });

  it('goes on after a refusal', async () => {
    saver.save(target, wish('no'));
    saver.save({ ...target, item: 'f01_07' }, wish('yes'));
    await settle();
    await asked[0]?.refuse({ code: 'too-long' });
    await asked[1]?.answer(SAVED);
    await saver.idle();
    expect(saver.of({ ...target, item: 'f01_07' })?.state).toBe('saved');
  });

  it('treats an answer of another kind as a fault of the app', async () => {
    saver.save(target, wish('no'));
    await settle();
    await asked[0]?.answer({ is: 'bytes', bytes: 1 });
    expect(saver.of(target)?.error).toBe('internal');
  });
});
