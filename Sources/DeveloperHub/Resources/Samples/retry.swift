// Lists the pharmacies. Repeats the request after 429 and 5xx, with exponential backoff and jitter.
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

let attempts = 5

func get(_ url: URL, token: String) async throws -> (status: Int, body: Data) {
    var request = URLRequest(url: url)
    request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    var attempt = 1
    while true {
        let (body, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let status = response.statusCode
        let isRetryable = status == 429 || status >= 500
        if !isRetryable || attempt == attempts { return (status, body) }
        // Wait for 1, 2, 4, 8 seconds, or for Retry-After if that is longer, and up to as long again at random.
        let backoff = Double(1 << (attempt - 1))
        let retryAfter = response.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init) ?? 0
        let delay = max(retryAfter, backoff) + backoff * Double.random(in: 0..<1)
        report("Status \(status), next attempt in \((delay * 1000).rounded() / 1000) s.")
        try await Task.sleep(for: .seconds(delay))
        attempt += 1
    }
}

func report(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}

let environment = ProcessInfo.processInfo.environment
let base = environment["BASE"] ?? "http://localhost:8082/pharmacy/sandbox/api/v1"
guard let token = environment["ACCESS_TOKEN"], !token.isEmpty, let url = URL(string: base + "/pharmacies") else {
    report("Set ACCESS_TOKEN to your access token, and BASE to a URL.")
    exit(2)
}
let (status, body) = try await get(url, token: token)
let text = String(decoding: body, as: UTF8.self)
guard (200..<300).contains(status) else {
    report("Status \(status): \(text)")
    exit(1)
}
print(text)
