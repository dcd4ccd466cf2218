-- Makes wrk send $BENCH_BODY as a JSON POST request.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"
