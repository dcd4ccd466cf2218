// Makes two requests with the built-in fetch, as it is by default.
import { setImmediate } from "node:timers/promises";

for (let number = 0; number < 2; number++) {
    const response = await fetch(process.env.URL, { signal: AbortSignal.timeout(20_000) });
    console.log(await response.text());
    // The connection goes back to the pool after the body has been handed over.
    await setImmediate();
}
