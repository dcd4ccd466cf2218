internal import PharmacyDomain

extension TenantScope {
    /// Counts the rows of a list and reads the epoch, in one statement for one round trip.
    /// - Parameters:
    ///   - count: an expression.
    ///   - rows: the statement from `FROM` on. Binds 2 and 3 exist whether or not it uses them.
    func counted(_ count: SQL, _ rows: SQL, _ binds: [SQLValue]) throws -> ListCount {
        let limits: SQL = binds.count > 1 ? ", $2, $3" : ""
        let found = try db.row(
            "SELECT" + count + ", (SELECT epoch FROM incarnation WHERE id = 1)" + limits + rows, binds
        ) {
            (total: Int(try $0.integer(0)), epoch: Epoch(try $0.text(1)))
        }
        guard let found, let epoch = found.epoch else { throw StoreError.broken("the database has no epoch") }
        return ListCount(total: found.total, epoch: epoch)
    }

    /// The epoch that the transaction sees.
    func epoch() throws -> Epoch {
        let epoch = try db.row("SELECT epoch FROM incarnation WHERE id = 1", []) { Epoch(try $0.text(0)) } ?? nil
        guard let epoch else { throw StoreError.broken("the database has no epoch") }
        return epoch
    }

    // A cursor consists of its format, the tenant, the epoch, the number of the key, the position, and a proof of these and of the
    // list with its filters. It does not contain the filters, which may identify a patient, because cursors are part of URLs.

    func cursor(at position: ListPosition, in list: [UInt8], epoch: Epoch) throws -> ListCursor {
        let head =
            cursorPrefix + ListCursor.bytes(of: Int64(bitPattern: epoch.number)) + ListCursor.bytes(of: key.number)
            + position.bytes
        guard let cursor = ListCursor(bytes: head + proof(of: head, in: list, by: key)) else {
            throw StoreError.broken("a cursor has another length")
        }
        return cursor
    }

    /// - Throws: `ListCursor.Fault`.
    func position(of cursor: ListCursor, in list: [UInt8], epoch: Epoch) throws -> ListPosition {
        let head = cursor.bytes.dropLast(ListCursor.proofLength)
        var rest = head.dropFirst(cursorPrefix.count)
        func next(_ count: Int) -> ArraySlice<UInt8> {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        guard head.starts(with: cursorPrefix) else { throw ListCursor.Fault.foreign }
        let made = (epoch: UInt64(bitPattern: ListCursor.number(next(8))), key: ListCursor.number(next(8)))
        guard made.epoch == epoch.number else { throw ListCursor.Fault.expired }
        // Both keys exist while records are being re-encrypted. Afterwards, and after a wipe, the previous key is removed.
        guard let key = [key, previousKey].compactMap(\.self).first(where: { $0.number == made.key }) else {
            throw ListCursor.Fault.expired
        }
        let proof = proof(of: Array(head), in: list, by: key)
        // The comparison takes the same time wherever the proofs differ.
        let difference = zip(proof, cursor.bytes.suffix(ListCursor.proofLength)).reduce(0) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { throw ListCursor.Fault.foreign }
        return ListPosition(next(ListPosition.length))
    }

    /// The format, and the beginning of the tenant's uuid.
    private var cursorPrefix: [UInt8] { [ListCursor.format] + tenantID.description.utf8.prefix(8) }

    private func proof(of head: [UInt8], in list: [UInt8], by key: SealingKey) -> [UInt8] {
        Array(key.digest(head + list, as: "list-cursor").prefix(ListCursor.proofLength))
    }
}

extension JSON {
    /// A filter's bound.
    init(milliseconds moment: Timestamp?) { self = moment.map { .integer($0.milliseconds) } ?? .null }
}

extension ListCursor {
    static let proofLength = 16

    static func bytes(of number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }
}
