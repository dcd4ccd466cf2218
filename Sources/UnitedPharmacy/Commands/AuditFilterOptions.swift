internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// Filters of a list or an export.
struct AuditFilterOptions: ParsableArguments {
    @Option(help: "Only entries of this tenant, by name or uuid.")
    var tenant: String?

    @Option(help: "Only this action, for example patient.read.")
    var action: String?

    @Option(help: "Only this actor, for example credential:CLIENT_ID, operator:NAME or system.")
    var actor: String?

    @Option(help: "Only entries with this id among their subjects.")
    var subject: String?

    @Option(help: "Only the request with this id, as in X-Request-Id and in logs.")
    var requestId: String?

    @Option(help: "Only entries from this time on, for example 2026-01-31T00:00:00Z.")
    var since: String?

    @Option(help: "Only entries up to this time. Without a fraction, up to the end of the second.")
    var until: String?

    func validate() throws {
        if let action, AuditAction(rawValue: action) == nil {
            let all = AuditAction.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--action must be one of \(all).")
        }
        if let actor, AuditActor(actor) == nil {
            throw ValidationError("--actor must be credential:…, setup_token:…, operator:…, system or anonymous.")
        }
        for moment in [since, until].compactMap(\.self) where Timestamp(moment) == nil {
            throw ValidationError("--since and --until must be times, for example 2026-01-31T00:00:00Z.")
        }
    }

    func filter(_ log: AuditLog) async throws -> AuditFilter {
        var filter = AuditFilter()
        if let tenant {
            guard let id = try await log.tenantID(tenant) else {
                throw OperationError.noSuchTenant(tenant)
            }
            filter.tenant = id
        }
        filter.action = action.flatMap(AuditAction.init(rawValue:))
        filter.actor = actor.flatMap(AuditActor.init)
        filter.subject = subject
        filter.requestID = requestId
        filter.since = since.flatMap(Timestamp.init)
        filter.until = until.flatMap(Timestamp.upperBound)
        return filter
    }
}
