import { mount } from 'svelte';
import App from './App.svelte';
import { session } from './state/session.svelte';
import { settings } from './state/settings.svelte';

settings.read(location.hash, navigator.languages);
document.addEventListener('input', (event) => {
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) session.typed();
});

const target = document.getElementById('app');
if (target) mount(App, { target });
