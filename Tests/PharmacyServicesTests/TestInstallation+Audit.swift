import PharmacyTestSupport

@testable import PharmacyServices

extension TestInstallation {
    /// Writes the audit entries that wait.
    func flushAudit() async throws {
        let buffer = environment.auditBuffer
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await buffer.run() }
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
