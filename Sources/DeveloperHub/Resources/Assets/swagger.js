// Swagger UI for the sandbox, and two forms that get it an access token. Tokens and secrets are stored nowhere: they
// are gone when the page is left.

/* global SwaggerUIBundle */

const root = document.documentElement;
const outcome = document.querySelector("#outcome");
const created = document.querySelector("#created");

// Swagger UI has dark colors of its own, which a class turns on.
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

function followTheme() {
  const theme = root.dataset.theme ?? (darkSystem.matches ? "dark" : "light");
  root.classList.toggle("dark-mode", theme === "dark");
}

followTheme();
darkSystem.addEventListener("change", followTheme);
new MutationObserver(followTheme).observe(root, { attributeFilter: ["data-theme"] });

const ready = Promise.withResolvers?.() ?? withResolvers();
const ui = SwaggerUIBundle({
  url: "/docs/swagger.json",
  dom_id: "#swagger-ui",
  layout: "BaseLayout",
  deepLinking: true,
  // The schemas of the document, below the operations, stay folded.
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  // No query parameter may choose another document or another setting.
  queryConfigEnabled: false,
  // The badge of an online validator would send the document's URL to another server.
  validatorUrl: null,
  onComplete: () => ready.resolve(),
});

// Swagger UI leaves some things to name for those who do not see the page, and puts its <main> into the page's.
const names = {
  "#servers": "Server", ".examples-select-element": "Example", ".content-type": "Media type", textarea: "Request body",
};

function complete() {
  for (const control of document.querySelectorAll("#swagger-ui :is(select, textarea):not([aria-label])")) {
    const name = Object.keys(names).find((selector) => control.matches(selector));
    control.ariaLabel = control.closest("[data-param-name]")?.dataset.paramName ?? names[name] ?? "Value";
  }
  // With the keyboard, only what has the focus can be scrolled.
  for (const code of document.querySelectorAll("#swagger-ui .microlight:not([tabindex])")) code.tabIndex = 0;
  const main = document.querySelector("#swagger-ui main:not([role])");
  main?.setAttribute("role", "none");
  main?.removeAttribute("tabindex");
}

new MutationObserver(complete).observe(document.querySelector("#swagger-ui"), { childList: true, subtree: true });

function withResolvers() {
  const result = {};
  result.promise = new Promise((resolve) => { result.resolve = resolve; });
  return result;
}

// Going back may show the page as it was left, with the secrets.
addEventListener("pagehide", () => { document.body.hidden = true; });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

document.querySelector("#tokens").hidden = false;

handle("#token", async (fields, action) => {
  await authorize(action, fields.client_id, fields.client_secret);
  say("good", "Swagger UI has a token and sends it with each request, until you leave this page.");
});

handle("#credential", async (fields, action) => {
  created.hidden = true;
  const { data } = await post(action, { name: "Swagger UI" }, { Authorization: `Bearer ${fields.setup_token}` });
  show(data);
  const token = document.querySelector("#token");
  token.elements.client_id.value = data.client_id;
  await authorize(token.action, data.client_id, data.client_secret);
  say("good", "Swagger UI has a token of the new credential and sends it with each request, until you leave this page.");
});

/** Runs `action` when a form is sent, with the form's values; secrets are cleared in any case. */
function handle(selector, action) {
  const form = document.querySelector(selector);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
    for (const secret of form.querySelectorAll("input[type='password']")) secret.value = "";
    try {
      await action(fields, form.action);
    } catch (error) {
      say("bad", error.message);
    } finally {
      button.ariaDisabled = null;
    }
  });
}

/** Exchanges a credential for an access token, and has Swagger UI send it. */
async function authorize(url, clientID, clientSecret) {
  const { access_token: token } = await post(url, { client_id: clientID, client_secret: clientSecret });
  await ready.promise;
  ui.preauthorizeApiKey("bearerAuth", token);
  if (!ui.authSelectors.authorized()?.has("bearerAuth")) throw new Error("The API document has no scheme bearerAuth.");
}

/** Sends JSON and returns the JSON of the response. Errors have a message for people. */
async function post(url, body, headers = {}) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
      cache: "no-store",
      credentials: "omit",
    });
  } catch {
    throw new Error("The server cannot be reached. Check that it is running, then try again.");
  }
  const json = await response.json().catch(() => null);
  if (response.ok && json) return json;
  const details = Object.values(json?.errors ?? {}).flat();
  const seconds = response.status === 429 && response.headers.get("Retry-After");
  throw new Error([
    json?.message ?? `The server responded with status ${response.status}. Try again later.`,
    ...details,
    ...(seconds ? [`Wait ${seconds} seconds.`] : []),
  ].join(" "));
}

function say(tone, text) {
  outcome.className = `note ${tone}`;
  outcome.textContent = text;
  outcome.hidden = false;
}

/** Shows a new credential, with buttons that copy its members. */
function show(credential) {
  for (const code of created.querySelectorAll("[data-member]")) {
    const value = credential[code.dataset.member] ?? "";
    code.textContent = value;
    code.parentElement.querySelector(".copy").dataset.copy = value;
  }
  created.hidden = false;
}
