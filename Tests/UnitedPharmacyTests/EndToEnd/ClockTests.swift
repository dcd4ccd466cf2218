import Foundation
import HTTPTypes
import NIOHTTP1
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

/// The clock of a process that runs, set by libfaketime: only its wall clock, as an operator or NTP would set it.
private struct FakeClock {
    /// The offset that is added to the time, in a file that is read at every read of the clock.
    private let file: URL

    /// Debian and Ubuntu, by the machine's architecture.
    private static var library: String? {
        ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketimeMT.so.1" }
            .first(where: FileManager.default.fileExists)
    }

    static var isInstalled: Bool { library != nil }

    init(aheadBy span: Duration = .zero) throws {
        file = try ServerProcess.temporaryDirectory().appending(path: "faketime")
        try set(aheadBy: span)
    }

    func set(aheadBy span: Duration) throws {
        try Data("\(span < .zero ? "" : "+")\(span.components.seconds)s\n".utf8).write(to: file, options: .atomic)
    }

    /// For the process whose clock it is. It must be started through another, such as `env`: the library sets a
    /// variable in the first that loads it, which moves the environment away from where Swift looks for the arguments.
    var settings: [String: String] {
        [
            "LD_PRELOAD": FakeClock.library ?? "", "FAKETIME_TIMESTAMP_FILE": file.path, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        ]
    }
}

@Suite(
    "A server whose clock is set while it runs",
    .enabled(if: FakeClock.isInstalled, "install faketime (Scripts/setup test)"), .timeLimit(.minutes(3)))
struct ClockTests {
    /// Polls over HTTP until the condition holds, without any other wait.
    private func eventually(
        within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if try await condition() { return true }
        }
        return false
    }

    private func time(of server: ServerProcess) async throws -> Timestamp {
        let ping = try await Partner.call(.GET, server.baseURL + "/ping", token: nil)
        return try #require(try ping.json["time"]?.text.flatMap(Timestamp.init))
    }

    @Test(
        "A clock set an hour ahead and back locks no client out, and webhooks and sandbox orders continue",
        arguments: TestDatabase.engines)
    func hourAheadAndBack(on engine: TestDatabase.Engine) async throws {
        let clock = try FakeClock()
        let settings = [
            "UP_SANDBOX_STEP": "1s", "UP_RATE_LIMIT": "100000/h", "UP_AUTH_RATE_LIMIT": "1000/h",
            "UP_WEBHOOK_RETRY_DELAY": "5s",
        ]
        let server = try ServerProcess(
            on: engine, in: ServerProcess.temporaryDirectory(), settings: settings.merging(clock.settings) { $1 })
        defer { server.kill() }
        let right = SystemClock.now
        // The first attempt fails, so that a retry is due by the clock that is fast.
        try await WebhookReceiver.with(response: { earlier, _ in earlier == 0 ? .internalServerError : .ok }) {
            receiver in
            let partner = try await Partner(server)
            try clock.set(aheadBy: .hours(1))
            // On PostgreSQL the time is the database's, whose clock is right.
            if engine == .sqlite {
                #expect(try await eventually { try await time(of: server).since(right) > .minutes(50) })
            }
            for _ in 0..<200 { #expect(try await partner.call(.GET, "/patients").status == 200) }
            let placed = try await partner.call(
                .POST, "/orders", body: partner.order(reference: "fast", webhookURLs: [receiver.url()]))
            #expect(placed.status == 201)
            let id = try #require(try placed.json["data"]?["uuid"]?.text)
            var requests = receiver.requests.makeAsyncIterator()
            _ = await requests.next()

            try clock.set(aheadBy: .zero)
            #expect(
                try await eventually { abs(try await time(of: server).since(SystemClock.now).milliseconds) < 60_000 })
            for _ in 0..<200 { #expect(try await partner.call(.GET, "/patients").status == 200) }
            #expect(
                try await eventually {
                    try await partner.call(.GET, "/orders/\(id)").json["data"]?["status"] == "delivered"
                })
            var events: [String] = []
            while events.last != "delivered", let request = await requests.next() {
                events.append(try request.json["order"]?["status"]?.text ?? "")
            }
            #expect(events == ["pending", "confirmed", "processing", "shipped", "delivered"])
        }
    }

    @Test(
        "A node whose clock is two minutes fast enforces the same shared limit as the others",
        .enabled(if: TestDatabase.isPostgreSQL))
    func fastNode() async throws {
        let url = try TestDatabase.newURL()
        let settings = [
            "UP_DATABASE_URL": url, "UP_SANDBOX_STEP": "manual", "UP_RATE_LIMIT": "60/m",
            "UP_MASTER_KEY": String(repeating: "5a", count: 32),
        ]
        let right = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: settings)
        defer { right.kill() }
        let clock = try FakeClock(aheadBy: .seconds(120))
        let fast = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: settings.merging(clock.settings) { $1 })
        defer { fast.kill() }
        #expect(abs(try await time(of: fast).since(try await time(of: right)).milliseconds) < 60_000)
        let partner = try await Partner(right)
        func call(_ node: ServerProcess) async throws -> Int {
            try await Partner.call(.GET, node.baseURL + "/patients", token: partner.accessToken).status
        }
        for _ in 0..<20 { #expect(try await call(fast) == 200) }
        for _ in 0..<20 { #expect(try await call(right) == 200) }
    }
}

extension SystemClock {
    fileprivate static var now: Timestamp { SystemClock().now() }
}
