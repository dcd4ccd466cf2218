package import PharmacyDomain
internal import PharmacyStore

extension ListCursor: CustomStringConvertible {
    /// Reads the form of `description`; `nil` for any other text.
    package init?(_ text: String) {
        guard text.utf8.count == ListCursor.textLength, let bytes = Base64URL.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// Opaque to partners. Consists of letters, digits, `-` and `_`.
    package var description: String { Base64URL.encode(bytes) }

    /// Characters of the text: four for three bytes.
    private static let textLength = (length * 4 + 2) / 3
}

extension ServiceEnvironment {
    /// Reads a page of one of the tenant's lists.
    /// - Parameter isShortAtTimes: whether the closure may run on the caller's thread, which it leaves where it would read much.
    /// - Throws: `ServiceError.cursorExpired` or `.invalid` where the list cannot continue from the cursor.
    func readPage<Item: Sendable>(
        _ tenant: Tenant, isShortAtTimes: Bool = false, _ body: @escaping @Sendable (TenantScope) throws -> Page<Item>
    ) async throws -> Page<Item> {
        do {
            return isShortAtTimes ? try await readRecord(tenant, body) : try await read(tenant, body)
        } catch let fault as ListCursor.Fault {
            switch fault {
            case .expired: throw ServiceError.cursorExpired
            case .foreign:
                throw ServiceError.invalid(
                    ValidationErrors("cursor", "cursor must be a next_cursor of this list, sent with the same filters.")
                )
            }
        }
    }
}
