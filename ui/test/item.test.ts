import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ask } from '../src/ipc/dispatch';
import type { ItemView } from '../src/ipc/types/ItemView';
import Item from '../src/section/Item.svelte';
import { FIVE } from '../src/section/answers';
import { session } from '../src/state/session.svelte';
import { settings } from '../src/state/settings.svelte';
import { item, observation } from './core';

// The item's own saver is played by hand: what was wished is looked at, nothing is sent.
let wished: { answer: string | null; evidence: string[]; note: string | null }[] = [];

function show(over: Partial<ItemView>): { change: (over: Partial<ItemView>) => Promise<void> } {
  const props = { visit: 'v', form: 'F01', place: null };
  const shown = render(Item, { ...props, item: item(over) });
  return { change: (next) => shown.rerender({ ...props, item: item(next) }) };
}

beforeEach(() => {
  expect(ask).toBeTypeOf('function');
  settings.read('#ui=ru&form=ru', []);
  wished = [];
  vi.spyOn(session.saver, 'save').mockImplementation((_, wish) => void wished.push(wish));
});
afterEach(cleanup);

const radio = (name: string): HTMLInputElement => screen.getByRole('radio', { name });

describe('an item', () => {
  it('has five targets, and one tap is a complete answer', async () => {
    show({});
    expect(screen.getAllByRole('radio')).toHaveLength(FIVE.length);
    await fireEvent.click(radio('Частично'));
    expect(wished).toEqual([{ answer: 'partly', evidence: [], note: null }]);
  });

  it('is cleared by a tap on the chosen one', async () => {
    show({ mine: observation({ answer: 'no', note: 'x', evidence: ['seen'] }) });
    expect(radio('Нет').checked).toBe(true);
    await fireEvent.click(radio('Нет'));
    expect(wished).toEqual([{ answer: null, evidence: [], note: null }]);
  });

  it('asks on what it rests for Partly and No only', async () => {
    const shown = show({ mine: observation({ answer: 'yes' }) });
    expect(screen.queryByText('На чём это основано')).toBeNull();
    await shown.change({ mine: observation({ answer: 'partly' }) });
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Документ' }));
    expect(wished).toEqual([{ answer: 'partly', evidence: ['document'], note: null }]);
  });

  it('drops the evidence where it is not asked for, and keeps the note', async () => {
    show({ mine: observation({ answer: 'no', evidence: ['seen'], note: 'x' }) });
    await fireEvent.click(radio('Да'));
    expect(wished).toEqual([{ answer: 'yes', evidence: [], note: 'x' }]);
  });

  it('shows how many colleagues answered before mine stands, and what only after', async () => {
    const shown = show({ others_count: 1 });
    expect(screen.getByText(/Ответил 1 коллега/)).toBeTruthy();
    expect(screen.queryByText('Болат')).toBeNull();
    await shown.change({
      others_count: 1,
      mine: observation({ answer: 'no' }),
      others: [observation({})],
      differs: true,
    });
    const others = screen.getByRole('region', { name: 'Ответы коллег' });
    expect(within(others).getByText('Болат')).toBeTruthy();
    expect(within(others).getByText('Ответы расходятся')).toBeTruthy();
  });

  it('changes the language of the form without losing a note being typed', async () => {
    const mine = observation({ answer: 'no' });
    const shown = show({ mine });
    const note = screen.getByRole('textbox', { name: 'Заметка' });
    await fireEvent.input(note, { target: { value: 'дверь сор' } });
    settings.formLanguage = 'kk';
    await shown.change({ mine: observation({ answer: 'no', note: null }), others_count: 3 });
    expect(screen.getByText('Дәретхана бөлек').getAttribute('lang')).toBe('kk');
    expect(radio('Ішінара').nextElementSibling).toBeTruthy();
    expect((note as HTMLTextAreaElement).value).toBe('дверь сор');
    await fireEvent.blur(note);
    expect(wished).toEqual([{ answer: 'no', evidence: [], note: 'дверь сор' }]);
  });

  it('does not let an answer of the core overwrite what is being typed', async () => {
    const shown = show({ input: 'text', mine: observation({ answer: 'старое' }) });
    const field = screen.getByRole('textbox', { name: 'Туалет отделён' });
    await fireEvent.input(field, { target: { value: 'новое' } });
    await shown.change({ input: 'text', mine: observation({ answer: 'другое' }) });
    expect((field as HTMLTextAreaElement).value).toBe('новое');
  });

  it('saves a typed figure when the field is left, and an emptied one as no answer', async () => {
    show({ input: 'integer', header: true, values: ['41'] });
    const field = screen.getByRole('textbox', { name: 'Туалет отделён' });
    expect((field as HTMLInputElement).value).toBe('41');
    await fireEvent.input(field, { target: { value: ' 42 ' } });
    await fireEvent.blur(field);
    await fireEvent.input(field, { target: { value: '' } });
    await fireEvent.blur(field);
    expect(wished.map((wish) => wish.answer)).toEqual(['42', null]);
  });

  it('shows a figure that was set differently as a thing to choose, not to overwrite', () => {
    show({ input: 'integer', header: true, values: ['41', '42'] });
    expect(screen.queryByRole('textbox')).toBeNull();
    expect(screen.getByText('41 · 42')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Выбрать' })).toBeTruthy();
  });

  it('keeps an answer that breaks a rule, and says so', () => {
    show({ mine: observation({ answer: 'no' }), fault: { kk: '', ru: 'Не больше общего числа.', en: '' } });
    expect(radio('Нет').checked).toBe(true);
    expect(screen.getByText('Не больше общего числа.')).toBeTruthy();
  });

  it('has norm and sources one tap away', () => {
    show({});
    expect(screen.getByText('Норма и источники').tagName).toBe('SUMMARY');
    expect(screen.getByText('S1 ¶141')).toBeTruthy();
  });
});
