// What a page cannot do without a script: copy, write the reader's own time, move by keys. All else works without.
"use strict";

document.documentElement.classList.add("has-script");

function prepare(root) {
  for (const time of root.querySelectorAll("time[data-tooltip]:not([data-local])")) {
    const own = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
    time.dataset.local = "";
    time.dataset.tooltip = `${own} here · ${time.dataset.tooltip}`;
  }
}

function place(event) {
  const time = event.target.closest?.("time[data-tooltip]");
  if (!time) return;
  const { left, right } = time.getBoundingClientRect();
  time.classList.toggle("to-the-left", left + right > innerWidth); // else it widens the page
}
addEventListener("focusin", place);
addEventListener("pointerover", place);

async function copy(button) {
  try {
    const from = button.dataset.copyFrom; // the id of a long text that is on the page
    await navigator.clipboard.writeText(from ? document.getElementById(from).textContent : button.dataset.copy);
    button.classList.add("copied");
  } catch {
    const text = button.previousElementSibling;
    if (text) getSelection().selectAllChildren(text); // then Ctrl+C does it
    button.classList.add("not-copied");
  }
  setTimeout(() => button.classList.remove("copied", "not-copied"), 1500);
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
  row?.querySelector("a")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  "/": () => document.querySelector("[data-search]")?.select(),
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    document.querySelector("details.dropdown[open]")?.removeAttribute("open");
    document.activeElement?.blur();
    return;
  }
  if (event.key === " " && event.target.matches("a[role=button]")) {
    event.preventDefault(); // what looks like a button is pressed like one
    event.target.click();
    return;
  }
  const writes = event.target.closest("input, textarea, select, [contenteditable]");
  if (writes || document.querySelector("dialog[open]") || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault(); // a second click; going back makes it a new form
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("htmx:after:swap", () => prepare(document));
prepare(document);

const narrow = matchMedia("(max-width: 900px)"); // there the menu is closed at first; a telephone may be turned
function fold() {
  document.querySelector("details.menu")?.toggleAttribute("open", !narrow.matches);
}
narrow.addEventListener("change", fold);
fold();
