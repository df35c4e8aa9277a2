// Typing a budget: Enter and the arrows lead from amount to amount; what was typed is sent on the way.
(() => {
  const fields = () => [...document.querySelectorAll("[data-budget-input]")];
  const step = (from, by) => {
    const all = fields();
    const next = all[all.indexOf(from) + by];
    if (next) { next.focus(); next.select(); } else from.blur();
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("[data-budget-input]");
    if (!field) return;
    const by = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) { event.preventDefault(); step(field, by); }
    if (event.key === "Escape") { field.value = field.defaultValue; field.blur(); }
  });
  document.addEventListener("focusin", (event) => { if (event.target.matches?.("[data-budget-input]")) event.target.select(); });
  // A dialog that came back with errors is open but not modal: make it so.
  const box = document.querySelector("dialog#move-money[open]");
  if (box) { box.close(); box.showModal(); }
})();
