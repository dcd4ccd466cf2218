internal import PharmacyDomain
package import PharmacyStore

/// Compares data that is stored twice: documents with their columns, histories with events, queues with deliveries, totals
/// with the rows that they count.
///
/// Each page of records is read in one snapshot together with everything it is compared with. A check may therefore run while
/// servers write: it blocks no write, and an unfinished change is never a finding.
package struct IntegrityChecker: Sendable {
    private let environment: ServiceEnvironment
    private let eventRetention: Duration

    /// - Parameter eventRetention: how long servers retain events.
    package init(environment: ServiceEnvironment, eventRetention: Duration = ServiceLimits.webhookRetention) {
        self.environment = environment
        self.eventRetention = eventRetention
    }

    /// Checks the whole installation, or one tenant's records.
    /// - Parameters:
    ///   - name: the tenant's name or id; `nil`: all tenants, and records that belong to none.
    ///   - progress: called after each page.
    ///   - found: called for each finding.
    /// - Throws: `OperationError`, `StoreError` where the store cannot be reached, `CancellationError`, and the errors of
    ///   `progress`.
    package func check(
        tenant name: String? = nil, pace: IntegrityPace = .full,
        progress: (IntegrityReport) async throws -> Void = { _ in }, found: (IntegrityFinding) -> Void
    ) async throws -> IntegrityReport {
        let all = try await environment.store.systemRead { try $0.tenants() }
        let tenants = all.filter { name == nil || $0.name == name || $0.id == name.flatMap(TenantID.init) }
        if let name, tenants.isEmpty { throw OperationError.noSuchTenant(name) }
        var report = IntegrityReport()
        if name == nil {
            for walk in IntegrityChecks.ofInstallation {
                try await follow(walk.name, tenant: nil, pace, &report, progress, found) { position, context in
                    try await environment.store.systemRead {
                        try walk.page(in: $0, after: position, context)
                    }
                }
            }
        }
        for tenant in tenants {
            for walk in IntegrityChecks.ofTenant {
                let isOpen = try await follow(walk.name, tenant: tenant.id, pace, &report, progress, found) {
                    position, context in
                    try await environment.store.read(tenant.id) {
                        try walk.page(in: $0, after: position, context)
                    }
                }
                // Without the tenant's key, its other records cannot be read either.
                guard isOpen else { break }
            }
            report.tenants += 1
        }
        return report
    }

    /// Follows one walk to its end. A page that cannot be read ends the walk with a finding.
    /// - Returns: whether other walks of the tenant can be followed: the tenant exists, and its keys open.
    @discardableResult
    private func follow(
        _ name: String, tenant: TenantID?, _ pace: IntegrityPace, _ report: inout IntegrityReport,
        _ progress: (IntegrityReport) async throws -> Void, _ found: (IntegrityFinding) -> Void,
        _ read: (Int64, IntegrityContext) async throws -> IntegrityPage
    ) async throws -> Bool {
        var position: Int64? = IntegrityWalk<TenantScope>.start
        var isOpen = true
        while let after = position {
            try Task.checkCancellation()
            let (now, begun) = (environment.now, environment.time.elapsed())
            let context = IntegrityContext(
                limit: ServiceLimits.integrityBatch, now: now, eventsSince: now - eventRetention)
            var findings: [IntegrityFinding]
            do {
                let page = try await retrying { try await read(after, context) }
                report.records += page.records
                findings = page.findings
                position = page.next
            } catch StoreError.noSuchTenant {
                // The tenant was deleted meanwhile.
                return false
            } catch let error as StoreError where error.isCausedByRecords {
                findings = [
                    IntegrityFinding(
                        .unreadable, tenant: tenant, subject: tenant?.description ?? "installation", members: [name])
                ]
                position = nil
                isOpen = error != .sealBroken && error != .wrongMasterKey
            }
            for finding in findings {
                report.counts[finding.kind, default: 0] += 1
                found(finding)
            }
            try await progress(report)
            try await rest(pace, since: begun)
        }
        return isOpen
    }

    /// Reads again while the store is overloaded or unavailable.
    private func retrying(_ read: () async throws -> IntegrityPage) async throws -> IntegrityPage {
        for _ in 1..<ServiceLimits.integrityAttempts {
            do {
                return try await read()
            } catch StoreError.overloaded, StoreError.unavailable {
                try await environment.time.sleep(for: ServiceLimits.failureWait)
            }
        }
        return try await read()
    }

    private func rest(_ pace: IntegrityPace, since begun: Duration) async throws {
        guard case .part(let parts) = pace else { return }
        // Work of less than a millisecond counts as one.
        let worked = max(1, (environment.time.elapsed() - begun).milliseconds)
        try await environment.time.sleep(for: .milliseconds(worked * Int64(max(0, parts - 1))))
    }
}

extension StoreError {
    /// Whether the stored records cause the error, not the connection or the load.
    var isCausedByRecords: Bool {
        switch self {
        case .sealBroken, .wrongMasterKey, .broken, .alteredTenant: true
        default: false
        }
    }
}
