internal import PharmacyDomain

/// The position of an item in a list: by its change in a list by change, by its row alone in a list by creation.
struct ListPosition: Hashable, Sendable {
    var updatedAt: Int64 = 0
    var change: Int64 = 0
    let row: Int64

    /// Three numbers of eight bytes.
    static let length = 24

    var bytes: [UInt8] { [updatedAt, change, row].flatMap(ListCursor.bytes(of:)) }

    init(_ bytes: ArraySlice<UInt8>) {
        let numbers = stride(from: bytes.startIndex, to: bytes.endIndex, by: 8).map { start in
            ListCursor.number(bytes[start..<start + 8])
        }
        self.init(updatedAt: numbers[0], change: numbers[1], row: numbers[2])
    }

    init(updatedAt: Int64 = 0, change: Int64 = 0, row: Int64) {
        self.updatedAt = updatedAt
        self.change = change
        self.row = row
    }
}
