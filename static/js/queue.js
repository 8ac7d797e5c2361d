/* In the list of what waits: j opens the next item, k the one before. Only while the focus is inside the list, so no key is taken elsewhere. */
"use strict";

document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  const list = event.target.closest?.("[data-keys]");
  if (!step || !list || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...list.querySelectorAll("a")];
  const next = links[links.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
});
