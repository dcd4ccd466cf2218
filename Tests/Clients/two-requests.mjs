// Sends two requests with the built-in fetch and default settings.
import { setImmediate } from "node:timers/promises";

for (let number = 0; number < 2; number++) {
    const response = await fetch(process.env.URL, { signal: AbortSignal.timeout(20_000) });
    console.log(await response.text());
    // The connection returns to the pool only after the body has been delivered.
    await setImmediate();
}
