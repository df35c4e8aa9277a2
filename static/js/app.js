// What every page has: toasts, dialogs, keys, combo boxes, lists that are worked by keyboard.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  // --- Toasts: the server sends HX-Trigger: {"toast": {"text": "…", "undo_url": "…"}}
  const toast = ({ text, undo_url: undoUrl, undo_label: label }) => {
    const note = document.createElement("div");
    note.className = "toast-note";
    const words = document.createElement("span");
    words.textContent = text;
    note.append(words);
    if (undoUrl) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label || "Undo";
      button.addEventListener("click", () => {
        note.remove();
        window.htmx.ajax("POST", undoUrl, { swap: "none" });
      });
      note.append(button);
    }
    $("#toasts").append(note);
    setTimeout(() => note.remove(), undoUrl ? 12000 : 5000);
  };
  document.addEventListener("toast", (event) => toast(event.detail));
  document.addEventListener("reload", () => window.location.reload());
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status !== 409 && status !== 422) {
      toast({ text: status === 403 ? "You may not do this here." : "That did not work. Nothing was changed." });
    }
  });
  // Forms come back with their errors (422) or with what somebody else saved (409): show them.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // --- Dialogs
  const open = (id) => { const box = document.getElementById(id); if (box && !box.open) box.showModal(); return box; };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) { event.preventDefault(); open(opener.dataset.open); }
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
    if (event.target.tagName === "DIALOG") event.target.close();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "dialog-body") open("dialog");
  });
  document.addEventListener("closedialog", () => $$("dialog[open]").forEach((box) => box.close()));

  // --- Small helpers that need no code of their own on a page
  const go = $("a[data-go]");
  if (go) window.location.replace(go.href);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-check-all]")) {
      $$(`input[name="${event.target.dataset.checkAll}"]`, event.target.closest("form, table, main")).forEach((box) => { box.checked = event.target.checked; });
      bulk();
    }
    if (event.target.matches("[data-row-check]")) bulk();
  });
  document.addEventListener("submit", (event) => {
    const ticked = event.target.querySelector?.("input[data-confirm]:checked");
    const question = event.submitter?.dataset.confirm || event.target.dataset.confirm || ticked?.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // --- The bar for bulk edits appears only when something is selected
  let lastChecked = null;
  function bulk() {
    const boxes = $$("[data-row-check]");
    const count = boxes.filter((box) => box.checked).length;
    boxes.forEach((box) => box.closest("tr")?.setAttribute("aria-selected", box.checked));
    const bar = $("[data-bulk-bar]");
    if (bar) bar.hidden = count === 0;
    $$("[data-bulk-count]").forEach((place) => { place.textContent = count; });
  }
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-row-check]");
    if (!box) return;
    if (event.shiftKey && lastChecked && lastChecked !== box) {
      const boxes = $$("[data-row-check]");
      const [from, to] = [boxes.indexOf(lastChecked), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      bulk();
    }
    lastChecked = box;
  });
  document.addEventListener("htmx:afterSettle", bulk);

  // --- Rows that are edited in place; on a phone, and with Ctrl, the link leads to the page
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-inline-edit] [data-edit]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || window.innerWidth < 768) return;
    event.preventDefault();
    window.htmx.ajax("GET", `${link.getAttribute("href")}inline/`, { target: link.closest("tr"), swap: "outerHTML" });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const form = event.detail.elt.querySelector?.(".inline-edit") || event.detail.elt.closest?.(".inline-edit");
    // A quick person types already: the focus is theirs.
    if (form && !form.contains(document.activeElement)) (form.querySelector(".is-invalid") || form.elements.payee).focus();
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".inline-edit");
    if (event.key === "Escape" && form && !combo) form.querySelector("[data-row-cancel]").click();
  });

  // --- Combo boxes: <input data-combo="url">; the list is [{value, label, hint, fill: {name: value}}]
  let combo = null;
  const closeCombo = () => { combo?.list.remove(); combo?.input.setAttribute("aria-expanded", "false"); combo = null; };
  const choose = (input, item) => {
    input.value = item.value;
    Object.entries(item.fill || {}).forEach(([name, value]) => {
      const field = input.form.elements[name];
      if (field && value !== null && value !== "") field.value = value;
    });
    closeCombo();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const show = (input, items) => {
    closeCombo();
    if (!items.length || document.activeElement !== input) return;
    const list = document.createElement("ul");
    list.className = "combo-list";
    list.id = `${input.id}-list`;
    list.setAttribute("role", "listbox");
    items.forEach((item, index) => {
      const row = document.createElement("li");
      row.id = `${list.id}-${index}`;
      row.setAttribute("role", "option");
      const name = document.createElement("span");
      name.textContent = item.label || item.value;
      const hint = document.createElement("span");
      hint.className = "muted small";
      hint.textContent = item.hint || "";
      row.append(name, hint);
      row.addEventListener("mousedown", (event) => { event.preventDefault(); choose(input, item); });
      list.append(row);
    });
    input.parentElement.classList.add("combo");
    input.after(list);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", list.id);
    combo = { input, list, items, at: -1 };
  };
  let pending = 0;
  document.addEventListener("input", (event) => {
    const input = event.target.closest("[data-combo]");
    if (!input) return;
    const turn = ++pending;
    setTimeout(async () => {
      if (turn !== pending) return;
      const answer = await fetch(`${input.dataset.combo}?q=${encodeURIComponent(input.value)}`, { headers: { Accept: "application/json" } });
      if (turn === pending && answer.ok) show(input, (await answer.json()).items);
    }, 120);
  });
  document.addEventListener("focusout", (event) => { if (combo && event.target === combo.input) closeCombo(); });
  document.addEventListener("keydown", (event) => {
    if (!combo || event.target !== combo.input) return;
    const rows = [...combo.list.children];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      combo.at = (combo.at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
      rows.forEach((row, index) => row.setAttribute("aria-selected", index === combo.at));
      combo.input.setAttribute("aria-activedescendant", rows[combo.at].id);
      rows[combo.at].scrollIntoView({ block: "nearest" });
    } else if ((event.key === "Enter" || event.key === "Tab") && combo.at >= 0) {
      if (event.key === "Enter") event.preventDefault();
      choose(combo.input, combo.items[combo.at]);
    } else if (event.key === "Escape") closeCombo();
  });

  // --- Keys: n add, / search, j k move, x select, e edit, g then o t a, ? help, Ctrl-K palette
  let leader = false;
  const rows = () => $$("[data-row]");
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement.closest?.("[data-row]"));
    const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open("palette")?.querySelector("input").focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
    if (leader) {
      leader = false;
      const link = { o: "/", t: "/transactions/", a: "/accounts/", c: "/categories/", i: "/imports/" }[event.key];
      if (link) window.location.assign(link);
      return;
    }
    const row = document.activeElement.closest?.("[data-row]");
    const keyed = event.key.length === 1 && row?.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (keyed) {
      event.preventDefault();
      if (keyed.tagName === "SELECT") keyed.focus(); else keyed.click();
      return;
    }
    const act = {
      g: () => { leader = true; setTimeout(() => { leader = false; }, 1500); },
      n: () => { const field = $("[data-quick-add] [name=amount]"); if (field) field.focus(); else window.location.assign("/transactions/add/"); },
      "/": () => { const field = $("[data-search]"); if (field) field.focus(); else open("palette")?.querySelector("input").focus(); },
      "?": () => open("keys"),
      j: () => move(1), ArrowDown: () => row && move(1), k: () => move(-1), ArrowUp: () => row && move(-1),
      x: () => row?.querySelector("[data-row-check]")?.click(),
      e: () => row?.querySelector("[data-edit]")?.click(),
      Enter: () => event.target === row && row.querySelector("[data-edit]")?.click(),
    }[event.key];
    if (act && !(event.key === "ArrowDown" && !row) && !(event.key === "ArrowUp" && !row) && !(event.key === "Enter" && event.target !== row)) {
      event.preventDefault();
      act();
    }
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("#palette");
    if (!box || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    const links = $$("a", $("#palette-results"));
    const at = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") { event.preventDefault(); (links[at] || links[0])?.click(); return; }
    event.preventDefault();
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + links.length) % links.length;
    links.forEach((link, index) => link.setAttribute("aria-selected", index === next));
    links[next]?.scrollIntoView({ block: "nearest" });
  });

  // --- The inbox: Enter in the category leads back to its row
  document.addEventListener("keydown", (event) => {
    if (!["Enter", "Escape"].includes(event.key) || !event.target.matches?.("[data-inbox] select")) return;
    event.preventDefault();
    event.target.closest("[data-row]").focus();
  });
  // --- After an answer the focus is on the row that took its place
  let inboxAt = -1;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const row = event.target.closest?.("[data-inbox] [data-row]");
    inboxAt = row ? rows().indexOf(row) : -1;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (inboxAt < 0 || !$("[data-inbox]")) return;
    const all = rows();
    all[Math.min(inboxAt, all.length - 1)]?.focus();
    inboxAt = -1;
  });

  // --- Files dropped onto a form
  document.addEventListener("dragover", (event) => { const zone = event.target.closest?.("[data-drop]"); if (zone) { event.preventDefault(); zone.classList.add("is-over"); } });
  document.addEventListener("dragleave", (event) => event.target.closest?.("[data-drop]")?.classList.remove("is-over"));
  document.addEventListener("drop", (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("is-over");
    const field = zone.querySelector("input[type=file]");
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // --- Rows that are dragged into another order: <tbody data-sortable="url"> of <tr data-sort="number">
  let dragged = null;
  let orderBefore = "";
  const orderOf = (list) => $$("[data-sort]", list).map((row) => row.dataset.sort);
  const makeSortable = () => $$("[data-sortable] [data-grip]").forEach((grip) => { grip.hidden = false; grip.draggable = true; });
  makeSortable();
  document.addEventListener("htmx:afterSettle", makeSortable);
  document.addEventListener("dragstart", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (!grip) return;
    dragged = grip.closest("[data-sort]");
    orderBefore = orderOf(dragged.parentElement).join();
    dragged.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged, 0, 0);
  });
  document.addEventListener("dragover", (event) => {
    const row = dragged && event.target.closest?.("[data-sort]");
    if (!row || row.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (row === dragged) return;
    const box = row.getBoundingClientRect();
    row[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
  });
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    const list = dragged.parentElement;
    dragged.classList.remove("is-dragged");
    dragged = null;
    const pk = orderOf(list);
    if (pk.join() !== orderBefore) window.htmx.ajax("POST", list.dataset.sortable, { values: { pk }, swap: "none" });
  });

  // --- A split: what is left to divide, and equal parts of it
  const decimalsOf = (form) => Number(form.dataset.decimals);
  const minor = (text, decimals) => {
    const bare = text.replace(/[^\d.,]/g, "");
    const mark = Math.max(bare.lastIndexOf(","), bare.lastIndexOf("."));
    const isFraction = mark >= 0 && decimals > 0 && bare.length - mark - 1 <= decimals;
    const whole = (isFraction ? bare.slice(0, mark) : bare).replace(/\D/g, "");
    const fraction = (isFraction ? bare.slice(mark + 1) : "").padEnd(decimals, "0");
    return Number(whole + fraction);
  };
  const written = (amount, decimals) => {
    const digits = String(Math.abs(amount)).padStart(decimals + 1, "0");
    const cut = digits.length - decimals;
    return (amount < 0 ? "\u2212" : "") + digits.slice(0, cut) + (decimals ? "." + digits.slice(cut) : "");
  };
  const showRest = (form) => {
    const decimals = decimalsOf(form);
    const sum = $$("[data-split-amount]", form).reduce((total, field) => {
      const size = minor(field.value, decimals);
      const sign = field.value.trim()[0];
      const against = form.dataset.direction === "out" ? sign === "+" : "-\u2212".includes(sign || "x");
      return against ? total - size : total + size;
    }, 0);
    const left = Number(form.dataset.split) - sum;
    const rest = $("[data-split-rest]", form);
    rest.textContent = written(left, decimals);
    rest.classList.toggle("wrong", left !== 0);
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-split]");
    if (form) showRest(form);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-split-evenly]");
    if (!button) return;
    const form = button.closest("[data-split]");
    const fields = $$("[data-split-amount]", form);
    const count = Math.min(Math.max(Number($("[data-split-count]", form).value) || 2, 2), fields.length);
    const total = Number(form.dataset.split);
    const share = Math.floor(total / count);
    fields.forEach((field, n) => {
      field.value = n < count ? written(share + (n < total - share * count ? 1 : 0), decimalsOf(form)) : "";
    });
    showRest(form);
  });
  $$("[data-split]").forEach((form) => {
    $("[data-split-tools]", form).hidden = false;
    showRest(form);
  });
})();
