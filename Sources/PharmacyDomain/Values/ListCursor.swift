/// A place in one of a tenant's lists, as partners hold it: after the last item of a page. Only the store, which makes it,
/// reads what it says.
package struct ListCursor: Hashable, Sendable {
    package let bytes: [UInt8]

    /// - Returns: `nil` for bytes that are no cursor's of this format, whatever they say.
    package init?(bytes: [UInt8]) {
        guard bytes.count == ListCursor.length, bytes.first == ListCursor.format else { return nil }
        self.bytes = bytes
    }

    /// The first byte. Another layout is another format.
    package static let format = UInt8(ascii: "p")
    package static let length = 65

    /// Why a list does not go on from a cursor.
    package enum Fault: Error, Hashable, Sendable {
        /// It was altered, or made for another tenant, another list or other filters.
        case foreign
        /// What it was made on is gone: the database was restored or taken over by a standby, the tenant was wiped, or the
        /// key that it was proven with was replaced.
        case expired
    }
}
