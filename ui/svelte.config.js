/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  // No style is written into the page at run time: the content security policy allows files of our own only.
  compilerOptions: { runes: true, css: 'external' },
};
