/// The position after the last item of a page in one of a tenant's lists. Opaque to partners: only the store makes and reads its
/// content.
package struct ListCursor: Hashable, Sendable {
    package let bytes: [UInt8]

    /// `nil` for bytes of another length or format.
    package init?(bytes: [UInt8]) {
        guard bytes.count == ListCursor.length, bytes.first == ListCursor.format else { return nil }
        self.bytes = bytes
    }

    /// The first byte, which identifies the layout.
    package static let format = UInt8(ascii: "p")
    package static let length = 65

    /// Why a list cannot continue from a cursor.
    package enum Fault: Error, Hashable, Sendable {
        /// The cursor was altered, or made for another tenant, another list or other filters.
        case foreign
        /// The cursor's basis no longer exists: the database was restored or a standby was promoted, the tenant was wiped, or the key of
        /// the cursor's proof was replaced.
        case expired
    }
}
