// Starts the worker processes, which share one port and one database.
import cluster from "node:cluster";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { API } from "./api.mjs";
import { Duties } from "./duties.mjs";
import { createMasterKey, PlainText, readMasterKey, TenantKeys } from "./sealing.mjs";
import { createDatabase, Store } from "./store.mjs";
import { TokenDigests, TokenSigner } from "./tokens.mjs";

const WORKERS = 2;
const TENANT = "sandbox";

export function main() {
  try {
    const settings = readSettings();
    if (cluster.isPrimary) startWorkers(settings);
    else serve(settings);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

function readSettings() {
  const { PORT, DATABASE, DUTIES, TOKEN, SIGNING_KEY } = process.env;
  if (!/^[0-9]+$/.test(PORT ?? "")) throw new Error("PORT must be a number; 0 selects a free port");
  if (!DATABASE) throw new Error("DATABASE is required: the path of an SQLite file");
  if (!["bare", "equal"].includes(DUTIES)) throw new Error("DUTIES must be bare or equal");
  if (DUTIES === "bare" && !TOKEN) throw new Error("TOKEN is required if DUTIES is bare");
  return {
    port: Number(PORT),
    database: DATABASE,
    keyFile: `${DATABASE}.key`,
    isEqual: DUTIES === "equal",
    token: TOKEN,
    // The workers get the key of the primary process.
    signingKey: SIGNING_KEY ? Buffer.from(SIGNING_KEY, "hex") : randomBytes(32),
  };
}

function startWorkers(settings) {
  if (settings.isEqual) createMasterKey(settings.keyFile);
  createDatabase(settings.database);
  const environment = { SIGNING_KEY: settings.signingKey.toString("hex") };
  const workers = Array.from({ length: WORKERS }, () => cluster.fork(environment));

  let listening = 0;
  cluster.on("listening", (_, address) => {
    listening += 1;
    if (listening === WORKERS) announce(address.port, settings);
  });
  cluster.on("exit", (_, code) => {
    if (code !== 0) process.exit(1);
  });
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => workers.forEach((worker) => worker.process.kill("SIGTERM")));
  }
}

function announce(port, settings) {
  console.log(`Listening on http://127.0.0.1:${port}`);
  if (settings.isEqual) console.log(`Token ${new TokenSigner(settings.signingKey).sign(TENANT)}`);
}

function serve(settings) {
  const sealer = settings.isEqual ? new TenantKeys(readMasterKey(settings.keyFile)) : new PlainText();
  const store = new Store(settings.database, sealer);
  const duties = settings.isEqual ? new Duties(store) : null;
  const authenticator = settings.isEqual
    ? new TokenSigner(settings.signingKey)
    : new TokenDigests(settings.token, TENANT);
  const api = new API({ store, authenticator, duties });
  const server = createServer((request, response) => api.respond(request, response));
  server.listen(settings.port, "127.0.0.1");
  // Ctrl-C reaches all processes, but the primary process stops its workers.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () =>
    server.close(() => {
      duties?.stop();
      store.close();
      process.disconnect();
    }),
  );
}
