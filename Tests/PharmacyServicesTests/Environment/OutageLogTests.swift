import Logging
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import ServiceLifecycle
import Testing

@testable import PharmacyServices

@Suite("The log of the store's failures", .timeLimit(.minutes(3)))
struct OutageLogTests {
    private static let full = StoreFault(.diskFull, "the disk is full (SQLite 13): free space")

    private let time = ManualClock()
    private let log = LogRecorder()
    private var outages: OutageLog { OutageLog(time: time, logger: log.logger) }

    private var began: Int { log.count(.error, "the database fails") + log.count(.warning, "the database fails") }
    private var ended: Int { log.count(.notice, "the database works again") }

    @Test("A cause is reported once with its description when it begins and once when it ends")
    func executeOnce() {
        let outages = outages
        for _ in 0..<500 {
            outages.failed(OutageLogTests.full, .write)
            time.advance(by: .milliseconds(100))
        }
        #expect(began == 1 && ended == 0)
        #expect(log.count(.error, "the database fails: the disk is full (SQLite 13): free space") == 1)
        // Reads have never failed: they prove nothing about writes.
        time.advance(by: .seconds(60))
        #expect(outages.succeeded(.read))
        #expect(ended == 0)
        #expect(!outages.succeeded(.write))
        #expect(began == 1 && ended == 1)
        let end = log.metadata(of: "the database works again")
        #expect(end["cause"] == "disk_full" && end["failures"] == "500" && end["seconds"] == "110")
        #expect(!outages.succeeded(.write) && ended == 1)
    }

    @Test("Connections that recover one by one begin no second outage, and the first success ends it")
    func quiet() {
        let outages = outages
        let lost = StoreFault(.connectionLost, "the connection was lost")
        outages.failed(lost, .read)
        outages.failed(lost, .write)
        for _ in 0..<10 {
            time.advance(by: .seconds(1))
            #expect(outages.succeeded(.read) && outages.succeeded(.write))
            outages.failed(lost, .read)
        }
        #expect(began == 1 && ended == 0)
        time.advance(by: .seconds(2))
        #expect(outages.succeeded(.read) && outages.succeeded(.write))
        time.advance(by: ServiceLimits.outageQuiet)
        #expect(!outages.succeeded(.write))
        #expect(began == 1 && ended == 1)
        #expect(log.metadata(of: "the database works again")["seconds"] == "12")
    }

    @Test("Each cause has its own beginning and end")
    func causes() {
        let outages = outages
        let causes = [
            OutageLogTests.full, StoreFault(.stopping, "it stops"), StoreFault(.other, "this"),
            StoreFault(.other, "that"),
        ]
        for _ in 0..<3 { for cause in causes { outages.failed(cause, .write) } }
        #expect(began == 4)
        // What passes by itself is a warning.
        #expect(log.count(.warning, "the database fails: it stops") == 1)
        time.advance(by: .seconds(30))
        #expect(!outages.succeeded(.write))
        #expect(ended == 4)
        outages.failed(OutageLogTests.full, .write)
        #expect(began == 5)
    }

    @Test("Causes that never end use bounded memory")
    func bounded() {
        let outages = outages
        for number in 0..<1_000 { outages.failed("cause \(number)", .read) }
        #expect(began == ServiceLimits.failureCauses)
    }

    @Test("Requests and services with a full disk log one line together, and one at its end")
    func allServices() async throws {
        let (installation, engine) = try await TestInstallation.failing(time: time, logger: log.logger)
        let environment = installation.environment
        let services = try await installation.services(logger: log.logger)

        engine.failAll([.write], with: .unavailable(OutageLogTests.full))
        let before = log.all.count
        let refused = ServiceError.storageUnavailable(retryAfter: ServiceLimits.storageRetryAfter)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
            for _ in 0..<60 {
                await #expect(throws: refused) { _ = try await installation.createPatient() }
                time.advance(by: .seconds(1))
                await Task.yield()
            }
            let during = log.all.dropFirst(before)
            #expect(during.count { $0.hasPrefix("the database fails: the disk is full") } == 1)
            #expect(during.filter { $0.contains("failed and will try again") } == [], "\(during)")
            #expect(!during.contains { $0.contains("StoreError") })

            engine.failAll(with: nil)
            while ended == 0 {
                time.advance(by: .seconds(1))
                _ = try await installation.createPatient()
            }
            group.cancelAll()
        }
        #expect(began == 1 && ended == 1)
        #expect(!environment.outages.isOngoing)
        await installation.close()
    }

    @Test("On an idle server, monitoring finds that writes succeed again")
    func idle() async throws {
        let (installation, engine) = try await TestInstallation.failing(time: time, logger: log.logger)
        let upkeep = StoreUpkeep(environment: installation.environment, logger: log.logger)
        engine.failAll([.write], with: .unavailable(OutageLogTests.full))
        await #expect(throws: ServiceError.self) { _ = try await installation.createPatient() }
        await #expect(throws: StoreError.self) { try await upkeep.look() }
        engine.failAll(with: nil)
        time.advance(by: .seconds(15))
        try await upkeep.look()
        #expect(began == 1 && ended == 1)
        await installation.close()
    }
}

extension TestInstallation {
    /// The background services that write to the store, or read it.
    fileprivate func services(logger: Logger) async throws -> [any Service] {
        [
            environment.auditBuffer,
            OrderDispatcher(environment: environment, systems: systems, notifier: notifier, logger: logger),
            OrderReconciliation(environment: environment, reports: reports, notifier: notifier, logger: logger),
            WebhookDeliverer(
                environment: environment, sender: UnreachablePort(), policy: DeliveryPolicy(retryDelay: .seconds(60)),
                servedOnLoopback: true, notifier: notifier, logger: logger),
            BackgroundJob.webhookMetrics(environment: environment, logger: logger),
            BackgroundJob.backlogMetrics(environment: environment, logger: logger),
            StoreUpkeep(environment: environment, logger: logger),
            SandboxSimulator(environment: environment, pace: .every(.seconds(5)), notifier: notifier, logger: logger),
            BackgroundJob.signingKeyRotation(
                environment: environment, accounts: accounts, keys: keys, logger: logger),
            SealAccounting(environment: environment, logger: logger),
            BackgroundJob.quarantineWatch(of: environment.quarantine, logger: logger),
            RetentionSweeper(environment: environment, retention: Retention(), logger: logger),
        ]
    }
}
