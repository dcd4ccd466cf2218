// Shows the times of a page relative to now, and keeps them current.
//
// <time datetime="2025-12-22T17:15:01+00:00">22 December 2025, 17:15 UTC</time> becomes "4 minutes ago"; its title has
// the exact time in UTC and in the reader's zone. A date without a time, and an element with data-absolute, stay as they are.

const units = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The difference in words, such as "in 6 hours". */
export function phrase(seconds) {
  const distance = Math.abs(seconds);
  if (distance < 5) return "now";
  for (const [unit, length] of units) {
    if (distance >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(Math.trunc(seconds), "second");
}

/** Rewrites every time below `root`; returns the distance of the nearest one, in seconds. */
export function update(root = document) {
  let nearest = Infinity;
  for (const element of root.querySelectorAll("time[datetime*='T']:not([data-absolute])")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const seconds = (date.getTime() - Date.now()) / 1000;
    const text = phrase(seconds);
    if (element.textContent !== text) element.textContent = text;
    const utc = date.toISOString().slice(0, 19).replace("T", " ");
    element.title = `${utc} UTC · ${local.format(date)} in ${zone.replaceAll("_", " ")}`;
    nearest = Math.min(nearest, Math.abs(seconds));
  }
  return nearest;
}

let timer;
function tick() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(tick, update() < 90 ? 1000 : 15000);
}
document.addEventListener("visibilitychange", tick);
document.addEventListener("refreshed", tick);
tick();
