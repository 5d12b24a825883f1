// Before anything is painted: the colours and the language that were chosen here, so that nothing flickers.
(() => {
  const kept = (name) => { try { return localStorage.getItem(`telegraphone.${name}`); } catch { return null; } };
  const root = document.documentElement;
  const theme = kept('theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  root.lang = kept('language') || (navigator.language.startsWith('fr') ? 'fr' : 'en');
})();
