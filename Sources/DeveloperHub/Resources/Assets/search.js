// Suggestions under a search box: an ARIA combobox with a list box. Without this script the form still searches.
//
// GET /docs/search?q=… with Accept: application/json answers {"results": [{"title", "url", "section", "excerpt"}]}.

const delay = 120;
const limit = 8;

document.querySelectorAll("form[action='/docs/search']").forEach(enhance);

function enhance(form, index) {
  const input = form.querySelector("input[type='search']");
  const list = document.createElement("ul");
  const status = document.createElement("span");
  let results = [];
  let active = -1;
  let timer;
  let request;

  list.id = `suggestions-${index}`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  status.className = "unseen";
  status.setAttribute("role", "status");
  form.append(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, delay);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && results.length > 0) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      const places = results.length + 1;
      open();
      activate(((active + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      go(results[active]);
    } else {
      return;
    }
    event.preventDefault();
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) close();
  });
  form.addEventListener("submit", close);
  // A press on a suggestion must not take the focus from the box.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role='option']");
    if (option) go(results[[...list.children].indexOf(option)]);
  });

  async function suggest() {
    request?.abort();
    const query = input.value.trim();
    if (query.length < 2) {
      results = [];
      status.textContent = "";
      return close();
    }
    request = new AbortController();
    const { signal } = request;
    try {
      const url = new URL(form.action);
      url.searchParams.set("q", query);
      const response = await fetch(url, { headers: { Accept: "application/json" }, signal });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const answer = await response.json();
      if (signal.aborted) return;
      results = answer.results.slice(0, limit);
    } catch (error) {
      if (error.name === "AbortError") return;
      results = [];
    }
    show(query);
  }

  function show(query) {
    list.replaceChildren(...results.map((result, place) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const title = document.createElement("b");
      title.append(...marked(result.title, query));
      const place_ = document.createElement("small");
      place_.append(...marked([result.section, result.excerpt].filter(Boolean).join(" · "), query));
      option.append(title, place_);
      return option;
    }));
    active = -1;
    input.removeAttribute("aria-activedescendant");
    const count = results.length;
    status.textContent = count === 0 ? "No suggestions" : `${count} ${count === 1 ? "suggestion" : "suggestions"}`;
    if (count > 0 && document.activeElement === input) open();
    else close();
  }

  function open() {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function close() {
    clearTimeout(timer);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(-1);
  }

  function activate(place) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place;
    const option = list.children[active];
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function go(result) {
    const url = new URL(result.url, location.href);
    if (url.origin !== location.origin) return;
    close();
    location.assign(url);
  }
}

/** The text as nodes, with the words of the query in <mark>. */
function marked(text, query) {
  const words = query.split(/\s+/).filter((word) => word.length > 1).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (words.length === 0) return [text];
  return text.split(new RegExp(`(${words.join("|")})`, "i")).map((part, place) => {
    if (place % 2 === 0) return part;
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
}
