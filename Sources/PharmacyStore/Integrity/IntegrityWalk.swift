internal import PharmacyDomain

/// A walk through rows of one kind, page by page. A page and everything that it is compared with are read in the snapshot of one
/// read-only transaction, which blocks no writer, and in which an unfinished change is never a finding.
///
/// To check another column, add a line to the checks of its feature (the feature folders' `IntegrityWalk+…` files). To check
/// another table, add a walk to `IntegrityChecks`.
package struct IntegrityWalk<Scope>: Sendable {
    /// Names the rows in the operator's log.
    package let name: String
    private let read: @Sendable (Scope, Int64, IntegrityContext) throws -> IntegrityPage

    init(
        _ name: String, read: @escaping @Sendable (Scope, _ after: Int64, IntegrityContext) throws -> IntegrityPage
    ) {
        self.name = name
        self.read = read
    }

    /// The position before the first row.
    package static var start: Int64 { .min }

    /// Checks one page.
    package func page(in scope: Scope, after position: Int64, _ context: IntegrityContext) throws -> IntegrityPage {
        try read(scope, position, context)
    }
}

extension IntegrityWalk where Scope == TenantScope {
    /// - Parameter read: returns at most `IntegrityContext.limit` records, by ascending position.
    init<Record: IntegrityRecord>(
        _ name: String,
        read: @escaping @Sendable (TenantScope, _ after: Int64, IntegrityContext) throws -> [Record],
        checks: [IntegrityCheck<Record>]
    ) {
        self.init(name) { scope, after, context in
            let records = try read(scope, after, context)
            var findings: [IntegrityFinding] = []
            for record in records {
                for check in checks {
                    let members = try check.compare(record, scope, context)
                    guard !members.isEmpty else { continue }
                    findings.append(
                        IntegrityFinding(check.kind, tenant: scope.tenantID, subject: record.subject, members: members))
                }
            }
            let isLast = records.count < context.limit
            return IntegrityPage(
                next: isLast ? nil : records.last?.position, records: records.count, findings: findings)
        }
    }
}

/// The names of the members that disagree, in their order.
func disagreeing(_ members: KeyValuePairs<String, Bool>) -> [String] { members.filter(\.value).map(\.key) }

extension TenantScope {
    /// The key with which a record was sealed; `nil` unless it is the tenant's present or previous data key.
    func ownKey(of sealed: [UInt8]) -> SealingKey? {
        guard let number = try? SealingKey.keyNumber(of: sealed) else { return nil }
        return [key, previousKey].compactMap(\.self).first { $0.number == number }
    }

    /// The content of a sealed record; `nil` unless a key of the tenant opens it.
    func opened(_ sealed: [UInt8], _ kind: StaticString, _ id: String) -> [UInt8]? {
        try? ownKey(of: sealed)?.open(sealed, as: sealContext(kind, id))
    }

    /// The JSON document in a sealed record; `nil` where it does not open or parse.
    func openedDocument(_ sealed: [UInt8], _ kind: StaticString, _ id: String) -> JSON? {
        opened(sealed, kind, id).flatMap { try? StoredRecord($0, id: id).document() }
    }
}

extension JSON {
    /// Whether a member is the time in a column. Documents contain whole seconds.
    func holds(_ milliseconds: Int64, in member: String) -> Bool {
        self[member]?.text == Timestamp(milliseconds: milliseconds).description
    }
}

extension TenantScope {
    /// Whether the digest of a partner's identifier, or its text in clear from an earlier version, agrees with the document.
    func agrees(_ text: String?, _ identifier: PartnerIdentifier, digest: [UInt8]?, clear: String?) -> Bool {
        guard let text else { return digest == nil && clear == nil }
        let (digests, clearText) = identifierMatches(text, identifier)
        if let digest { return clear == nil && digests.contains(digest) }
        return clear != nil && clear == clearText
    }
}
