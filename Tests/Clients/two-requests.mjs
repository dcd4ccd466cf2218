// Makes two requests with the built-in fetch, as it is by default.
for (let number = 0; number < 2; number++) {
    const response = await fetch(process.env.URL, { signal: AbortSignal.timeout(20_000) });
    console.log(await response.text());
}
