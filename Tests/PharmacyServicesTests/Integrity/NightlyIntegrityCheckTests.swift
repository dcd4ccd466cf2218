import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("The nightly integrity check", .timeLimit(.minutes(3)))
struct NightlyIntegrityCheckTests {
    private func service(_ installation: TestInstallation) -> NightlyIntegrityCheck {
        NightlyIntegrityCheck(
            environment: installation.environment, eventRetention: .days(30), pace: .full, logger: installation.logger)
    }

    @Test("It runs once a night, including the first, on one node")
    func onceANight() async throws {
        let installation = try await TestInstallation()
        let (one, other) = (service(installation), service(installation))
        #expect(try await one.checkIfDue() == nil, "a new installation waits for its first night")
        #expect(try await other.checkIfDue() == nil)
        for _ in 1...3 {
            installation.time.advance(by: .days(1))
            async let first = one.checkIfDue()
            async let second = other.checkIfDue()
            let reports = try await [first, second].compactMap(\.self)
            #expect(reports.count == 1)
            #expect(reports.first?.total == 0)
            #expect(try await one.checkIfDue() == nil)
        }
        #expect(try await installation.audited(.integrityChecked) == [["findings:0"], ["findings:0"], ["findings:0"]])
    }

    @Test("Its result is stored for the metrics of every node")
    func keepsCounts() async throws {
        let installation = try await TestInstallation()
        let service = service(installation)
        _ = try await service.checkIfDue()
        _ = try await installation.createPatient()
        try await installation.environment.store.systemWrite {
            _ = try $0.db.run("UPDATE patients SET live_count = 7", [])
        }
        installation.time.advance(by: .days(1))
        let report = try #require(try await service.checkIfDue())
        #expect(report.counts == [.patientTotals: 1])
        let latest = try await installation.environment.store.systemRead { try $0.latestRun(of: .integrityCheck) }
        #expect(latest?.finishedAt == installation.time.now())
        #expect(latest?.outcome == "patient_totals=1")
        #expect(try await installation.audited(.integrityChecked) == [["findings:1"]])
    }

    @Test("A clock that is set forward during a check does not prolong its pauses")
    func clockIsSet() async throws {
        let installation = try await TestInstallation()
        let time = installation.time
        let checker = IntegrityChecker(environment: installation.environment, eventRetention: .days(30))
        let start = time.elapsed()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                while !Task.isCancelled { await time.advanceToNextSleeper() }
                return false
            }
            group.addTask {
                _ = try await checker.check(
                    pace: .part(of: 10), progress: { _ in time.setWallClock(by: .minutes(1)) }, found: { _ in })
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
        }
        #expect(time.elapsed() - start < .minutes(1))
    }

    @Test("A claim excludes other nodes until it expires, and then results of its holder are ignored")
    func claims() async throws {
        let installation = try await TestInstallation()
        let store = installation.environment.store
        let service = service(installation)
        _ = try await service.checkIfDue()
        installation.time.advance(by: .days(1))
        let (now, lease) = (installation.time.now(), installation.time.now() + ServiceLimits.integrityLease)
        let isClaimed = try await store.systemWrite(.claims) {
            try $0.claim(.integrityCheck, at: now, now: now, leaseExpiresAt: lease)
        }
        #expect(isClaimed)
        #expect(try await service.checkIfDue() == nil)
        installation.time.advance(by: ServiceLimits.integrityLease)
        #expect(try await service.checkIfDue() != nil)
        let isExtended = try await store.systemWrite(.claims) {
            try $0.extendClaim(.integrityCheck, from: lease, to: lease + .days(1))
        }
        #expect(!isExtended)
        let late = installation.time.now()
        try await store.systemWrite(.claims) {
            try $0.finish(.integrityCheck, of: late, claimedUntil: lease, outcome: "orphan=9", at: late)
        }
        #expect(try await store.systemRead { try $0.latestRun(of: .integrityCheck)?.outcome } == "")
    }
}
