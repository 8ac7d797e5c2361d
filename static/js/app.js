/* What the browser adds to pages that work without it. Nothing is kept in browser storage; every text comes from the page. */
"use strict";

const language = document.documentElement.lang;

/* <time datetime="…" data-relative>: "noch 2 Tage" beside the absolute time. */
const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

function inWords(count, unit) {
  const remaining = document.body.dataset.remaining;
  if (count <= 0 || !remaining) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(count, unit);
  return remaining.replace("{time}", new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count));
}

function addRelativeTimes(root) {
  for (const time of root.querySelectorAll("time[data-relative]:not([data-done])")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) || UNITS[2];
    if (Number.isNaN(seconds) || Math.abs(seconds) > 60 * 86400) continue;
    time.dataset.done = "";
    time.append(` (${inWords(Math.trunc(seconds / size), unit)})`);
  }
}

/* Password fields get their button only where it can work. */
function offerToShowPasswords(root) {
  for (const button of root.querySelectorAll("button[data-show][hidden]")) {
    const input = document.getElementById(button.dataset.show);
    const show = button.textContent;
    button.hidden = false;
    button.addEventListener("click", () => {
      const hidden = input.type === "password";
      input.type = hidden ? "text" : "password";
      button.textContent = hidden ? button.dataset.textHide : show;
    });
  }
}

/* One message for screen readers. An answer may also bring it itself by swapping #announcer out of band. */
function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/* Focus: faults get it, the heading of a new list page gets it, otherwise it stays where it was.
   A filtered list says its new heading ("12 Ideen") while the focus stays in the filter. */
let focused = null;
let paged = false;
let filtered = false;

document.addEventListener("htmx:before:swap", ({ detail }) => {
  focused = document.activeElement?.id || null;
  paged = Boolean(detail.ctx?.sourceElement?.closest?.(".pager"));
  filtered = Boolean(detail.ctx?.sourceElement?.matches?.('form[role="search"]'));
});

document.addEventListener("htmx:after:swap", ({ detail }) => {
  const status = detail.ctx?.response?.status ?? 200;
  const target = detail.ctx?.target;
  const heading = (paged || filtered) && target?.id && document.getElementById(target.id)?.querySelector("h1, h2, h3");
  if (status === 422) {
    document.getElementById("errors")?.focus();
  } else if (paged) {
    heading?.setAttribute?.("tabindex", "-1");
    heading?.focus?.();
  } else if (document.activeElement === document.body) {
    keepFocus(target);
  }
  if (filtered && heading) announce(heading.textContent.trim());
  added(document);
});

function keepFocus(target) {
  const same = focused && document.getElementById(focused);
  if (same && !same.disabled) return same.focus();
  const place = target?.id && document.getElementById(target.id);
  if (!place) return;
  place.setAttribute("tabindex", "-1");
  place.focus({ preventScroll: true });
}

/* No answer at all: said once, at the place where it was tried. */
document.addEventListener("htmx:error", ({ target, detail }) => {
  // A hint that did not come is no news: the form says itself whether it was saved.
  if (!detail.ctx || target.closest?.("[data-quiet]")) return;
  const form = target.closest?.("form") || target;
  const text = document.body.dataset.noConnection;
  let note = form.querySelector?.("[data-no-connection-note]");
  if (!note) {
    note = document.createElement("p");
    note.dataset.noConnectionNote = "";
    note.className = "alert alert--error";
    form.append(note);
  }
  note.textContent = text;
  announce(text);
});
document.addEventListener("htmx:before:request", () => {
  document.getElementById("refusal").replaceChildren();
  for (const note of document.querySelectorAll("[data-no-connection-note]")) note.remove();
});

/* A refusal is closed by its button or with Esc; the focus never left the control that was refused. */
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-close]")) closeRefusal();
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") closeRefusal();
});

function closeRefusal() {
  const refusal = document.getElementById("refusal");
  const inside = refusal.contains(document.activeElement);
  refusal.replaceChildren();
  if (inside) (document.getElementById(focused) || document.getElementById("main")).focus();
}

/* <form data-autosave="URL" data-status="ID">: the draft is posted after each pause, and again until it has arrived. */
const PAUSE = 1500;
const LONGEST_WAIT = 60000;

function keepDraft(form) {
  const status = document.getElementById(form.dataset.status || "saved");
  let timer = null;
  let failures = 0;
  let sending = false;
  let unsaved = false;
  let leaving = false;

  const say = (state, text) => {
    if (!status) return;
    status.dataset.state = state;
    if (status.textContent !== text) status.textContent = text;
  };
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  };
  const contents = () => {
    const data = new FormData(form);
    data.set("intent", "draft");
    return data;
  };

  async function send() {
    if (sending) return later(PAUSE);
    sending = true;
    unsaved = false;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: contents(),
        credentials: "same-origin",
        headers: { "X-CSRFToken": form.elements.csrf_token?.value ?? "", Accept: "application/json", "X-Autosave": "1" },
        signal: AbortSignal.timeout?.(20000),
      });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      failures = 0;
      await movedTo(answer);
      const time = new Date().toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
      if (!unsaved) say("saved", (status?.dataset.saved ?? "").replace("{time}", time));
    } catch {
      unsaved = true;
      failures += 1;
      say("failed", status?.dataset.failed ?? "");
      later(Math.min(PAUSE * 2 ** failures, LONGEST_WAIT));
    } finally {
      sending = false;
    }
  }

  /* The first save makes the draft; from then on the same row is meant. */
  async function movedTo(answer) {
    if (!(answer.headers.get("Content-Type") || "").includes("json")) return;
    const { autosave, action } = await answer.json();
    if (autosave) form.dataset.autosave = autosave;
    if (action) form.action = action;
  }

  form.addEventListener("input", (event) => {
    if (!event.target.name) return;
    unsaved = true;
    if (failures === 0) later(PAUSE);
  });
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  window.addEventListener("online", () => unsaved && later(0));
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !leaving) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
}

/* <p data-words="ID" data-max="120" data-said="{n} von 120 Wörtern">: counted while somebody types. */
function countWords(root) {
  for (const note of root.querySelectorAll("[data-words]:not([data-kept])")) {
    note.dataset.kept = "";
    const input = document.getElementById(note.dataset.words);
    const count = () => {
      const words = input.value.split(/\s+/).filter(Boolean).length;
      note.textContent = note.dataset.said.replace("{n}", words);
      note.classList.toggle("words--over", words > Number(note.dataset.max));
    };
    input.addEventListener("input", count);
    count();
  }
}

function added(root) {
  addRelativeTimes(root);
  offerToShowPasswords(root);
  countWords(root);
  for (const form of root.querySelectorAll("form[data-autosave]:not([data-kept])")) {
    form.dataset.kept = "";
    keepDraft(form);
  }
}

added(document);
