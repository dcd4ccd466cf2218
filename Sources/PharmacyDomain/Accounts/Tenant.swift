/// A partner. Every record belongs to one.
package struct Tenant: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// Simulated pharmacies; wiped periodically (guide, Sandbox Environment).
        case sandbox
        case live
    }

    package enum Status: String, CaseIterable, Sendable {
        case active
        case suspended
    }

    package let id: TenantID
    /// The `{tenant}` of every path: 1 to 40 characters of `a`–`z`, `0`–`9` and inner hyphens.
    package let name: String
    package let kind: Kind
    package let status: Status
    package let createdAt: Timestamp
    /// When a sandbox's data is wiped next; `nil` for live tenants.
    package let resetsAt: Timestamp?

    package init(
        id: TenantID, name: String, kind: Kind, status: Status, createdAt: Timestamp, resetsAt: Timestamp?
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.status = status
        self.createdAt = createdAt
        self.resetsAt = resetsAt
    }

    package var isSandbox: Bool { kind == .sandbox }

    /// The name of the sandbox that always exists and cannot be deleted.
    package static let builtInSandboxName = "sandbox"

    /// The tenant as operator commands print it.
    package var document: JSON {
        [
            "name": .string(name),
            "kind": .string(kind.rawValue),
            "status": .string(status.rawValue),
            "created_at": JSON(createdAt),
            "resets_at": JSON(resetsAt),
        ]
    }

    /// Whether `name` is a valid tenant name.
    package static func isValid(name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...40).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else {
            return false
        }
        return bytes.allSatisfy {
            ASCIIDigits.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-")
        }
    }
}
