// Keeps a page of the dashboard current: when the server says that something has changed, the page is fetched again, and its
// live regions become as the new ones are. Without this script, or while it has no connection, a link does the same.

const state = document.querySelector("[data-live]");
const link = document.querySelector("[data-live-refresh]");
/** The time after which something that has failed is tried again, in milliseconds. */
const pause = 15000;

let stream, reconnection, retry;
let isLoading = false;
let isOutdated = false;

/** Whether the page is current and will stay so. */
function show(isLive) {
  state.textContent = isLive ? "Live" : "";
  link.hidden = isLive;
}

function connect() {
  if (document.hidden || stream) return;
  stream = new EventSource(state.dataset.live);
  stream.addEventListener("open", () => show(true));
  stream.addEventListener("change", refresh);
  stream.addEventListener("error", () => {
    show(false);
    // The browser connects again by itself, unless the server has refused.
    if (stream?.readyState !== EventSource.CLOSED) return;
    disconnect();
    refresh();
    reconnection = setTimeout(connect, pause);
  });
}

function disconnect() {
  clearTimeout(reconnection);
  clearTimeout(retry);
  stream?.close();
  stream = undefined;
  show(false);
}

async function refresh() {
  isOutdated = true;
  if (isLoading) return;
  isLoading = true;
  while (isOutdated) {
    isOutdated = false;
    clearTimeout(retry);
    for (const region of regions()) region.setAttribute("aria-busy", "true");
    const began = performance.now();
    try {
      await load();
      show(stream?.readyState === EventSource.OPEN);
    } catch {
      show(false);
      retry = setTimeout(refresh, pause);
    }
    for (const region of regions()) region.removeAttribute("aria-busy");
    // A page that takes long is fetched less often.
    await new Promise((resolve) => setTimeout(resolve, 4 * (performance.now() - began)));
  }
  isLoading = false;
}

function regions() {
  return document.querySelectorAll("[data-region]");
}

async function load() {
  const response = await fetch(location.href, { headers: { Accept: "text/html", "Live-Refresh": "1" } });
  // The session has ended, or what the page shows is gone: the page itself says so.
  if (response.status === 401 || response.status === 404) return location.reload();
  if (!response.ok) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const region of regions()) {
    const fresh = page.getElementById(region.id);
    if (fresh) patch(region, fresh);
  }
  document.dispatchEvent(new Event("refreshed"));
}

/** Makes a node equal to a fresh one. Nodes that stay keep the focus, what is selected, and what the reader has opened. */
function patch(node, fresh) {
  if (!(node instanceof Element)) {
    if (node.data !== fresh.data) node.data = fresh.data;
    return;
  }
  // Another script shows times as distances from now.
  if (node.localName === "time" && node.dateTime === fresh.dateTime) return;
  patchAttributes(node, fresh);
  const children = [...fresh.childNodes];
  const keys = new Set(children.map(key));
  for (const child of [...node.childNodes]) {
    if (!keys.has(key(child))) child.remove();
  }
  const left = [...node.childNodes];
  let place = node.firstChild;
  for (const child of children) {
    const index = left.findIndex((candidate) => key(candidate) === key(child));
    if (index < 0) {
      node.insertBefore(child, place);
      continue;
    }
    const [known] = left.splice(index, 1);
    if (known === place) place = place.nextSibling;
    else node.insertBefore(known, place);
    patch(known, child);
  }
  for (const child of left) child.remove();
}

function patchAttributes(node, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  for (const { name } of [...node.attributes]) {
    // These are the reader's and the scripts' own.
    if (!["open", "title", "aria-busy"].includes(name) && !fresh.hasAttribute(name)) node.removeAttribute(name);
  }
}

/** What two versions of the same element have in common: those of a list, where they lead to. */
function key(node) {
  if (!(node instanceof Element)) return String(node.nodeType);
  const link = node.matches("a, tr, li") ? [node, ...node.querySelectorAll("a")].find((part) => part.href) : undefined;
  return [node.localName, node.id, link?.getAttribute("href")].join(" ");
}

// Prices change without an event.
const interval = document.querySelector("[data-every]")?.dataset.every;
if (interval) setInterval(() => { if (stream) refresh(); }, interval * 1000);

document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);
