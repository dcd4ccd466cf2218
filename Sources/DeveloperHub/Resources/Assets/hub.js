// What the pages gain from a script: copy buttons, a remembered language, keys, a theme switch without a reload.
// Everything on a page works without it.

const root = document.documentElement;

/** What the reader chose, where the browser allows to store it. */
const choices = {
  read(name) {
    try { return localStorage.getItem(name); } catch { return null; }
  },
  write(name, value) {
    try { localStorage.setItem(name, value); } catch { /* Private windows may refuse. */ }
  },
};

// Copy buttons: `data-copy` has the text; where it is empty, the code that the sample shows is copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const shown = [...(button.closest(".sample")?.querySelectorAll(".panes > pre") ?? [])].find((pre) => pre.offsetParent);
  await copy(button.dataset.copy || shown?.textContent || "");
  say(button, "check", "Copied");
  setTimeout(() => say(button, "copy", "Copy"), 1600);
});

function showCopyButtons() {
  for (const button of document.querySelectorAll("button.copy")) button.hidden = false;
}
showCopyButtons();
document.addEventListener("refreshed", showCopyButtons);

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS there is no clipboard interface.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

function say(button, icon, word) {
  const use = button.querySelector("use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icon}`));
  button.classList.toggle("done", icon === "check");
  button.querySelector(".word").textContent = word;
}

// Language tabs: one choice for every sample, on every page.
const radios = [...document.querySelectorAll(".tabs input")];

function choose(language) {
  for (const radio of radios) {
    if (radio.value === language) radio.checked = true;
  }
}

const language = choices.read("language");
if (language) choose(language);
for (const radio of radios) {
  radio.addEventListener("change", () => {
    const before = radio.getBoundingClientRect().top;
    choices.write("language", radio.value);
    choose(radio.value);
    // Samples above may have changed their height; what was clicked stays where it is.
    scrollBy({ top: radio.getBoundingClientRect().top - before, behavior: "instant" });
  });
}

// The theme applies at once; the server remembers it.
for (const form of document.querySelectorAll("form.theme")) {
  form.addEventListener("submit", async (event) => {
    const theme = event.submitter?.value;
    if (!theme) return;
    event.preventDefault();
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("form.theme button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
    const body = new URLSearchParams(new FormData(form, event.submitter));
    try {
      await fetch(form.action, { method: "POST", body, redirect: "manual" });
    } catch { /* It stays for this page; the next one asks the server. */ }
  });
}

// The menu of narrow screens closes with Escape, or when a link in it is followed.
const menu = document.querySelector("details.menu");
menu?.addEventListener("click", (event) => {
  if (event.target.closest("a")) menu.open = false;
});
menu?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Keys. They can be turned off, for readers whose software sends keys of its own.
const help = document.querySelector("dialog.keys");
const enabled = help?.querySelector("input");
const keys = {
  "/": () => focusSearch(),
  "?": () => help?.showModal(),
  "[": () => document.querySelector(".turn a[rel='prev']")?.click(),
  "]": () => document.querySelector(".turn a[rel='next']")?.click(),
};

// In the dashboard: g and a letter leads to a page, j and k walk through a list.
const places = { h: "", o: "/orders", w: "/webhooks", r: "/requests", p: "/patients", m: "/pharmacies", c: "/credentials", a: "/audit" };
let leader = "";

function step(distance) {
  const links = [...document.querySelectorAll("main tbody tr td:first-child a, main tbody tr td:nth-child(2) a.id")]
    .filter((link) => link.checkVisibility());
  const next = links.indexOf(document.activeElement) + distance;
  links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
}

if (document.querySelector(".strip")) {
  keys.j = () => step(1);
  keys.k = () => step(-1);
  keys.g = () => { leader = "g "; };
  for (const [key, path] of Object.entries(places)) keys[`g ${key}`] = () => location.assign(`/dashboard${path}`);
}

// In the dashboard, what is about to be replaced by another page says so.
const main = document.querySelector("main");
function setBusy(isBusy) {
  if (isBusy) main?.setAttribute("aria-busy", "true");
  else main?.removeAttribute("aria-busy");
}

if (document.querySelector(".strip")) {
  addEventListener("submit", (event) => setBusy(!event.defaultPrevented));
  addEventListener("pageshow", () => setBusy(false));
}

function focusSearch() {
  // That of the page, before that of the bar.
  const boxes = ["main ", ""].flatMap((place) => [...document.querySelectorAll(`${place}form[role='search'] input`)]);
  const box = boxes.find((input) => input.offsetParent);
  if (!box) return location.assign("/docs/search");
  box.focus();
  box.select();
}

if (enabled) {
  enabled.checked = choices.read("keys") !== "off";
  enabled.addEventListener("change", () => choices.write("keys", enabled.checked ? "on" : "off"));
}
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type='radio']), textarea, select, [contenteditable], dialog")) return;
  const name = leader + event.key;
  leader = "";
  if (enabled?.checked === false || !Object.hasOwn(keys, name)) return;
  event.preventDefault();
  keys[name]();
});
for (const button of document.querySelectorAll("[data-keys]")) {
  button.hidden = false;
  button.addEventListener("click", () => help?.showModal());
}
for (const hint of document.querySelectorAll(".search > kbd")) hint.hidden = enabled?.checked === false;

// "On this page" follows the reader: the last heading above the upper third is current.
const links = [...document.querySelectorAll(".toc a")];
const headings = [...new Set(links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1)))))].filter(Boolean);

function follow() {
  const atEnd = innerHeight + scrollY >= root.scrollHeight - 2;
  const passed = atEnd && scrollY > 0 ? headings : headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
  const current = passed.at(-1) ?? headings[0];
  for (const link of links) {
    if (link.hash === `#${current.id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

if (headings.length > 0) {
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      follow();
    });
  }, { passive: true });
  follow();
}

// The current page is in sight in a long side navigation.
const side = document.querySelector(".side");
const current = side?.querySelector("[aria-current]");
if (current && current.offsetTop > side.clientHeight - 80) side.scrollTop = current.offsetTop - side.clientHeight / 2;

// A path that is too long for its line breaks after a slash.
for (const path of document.querySelectorAll(".row code, .endpoint code")) {
  for (const text of [...path.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)) {
    const parts = text.data.split(/(?<=[^/:]\/)/);
    text.replaceWith(...parts.flatMap((part) => [part, document.createElement("wbr")]));
  }
}
