internal import PharmacyDomain

/// Where an item stands in a list: by its change where the list runs by change, by its row alone where it runs by creation.
struct ListPosition: Hashable, Sendable {
    var updatedAt: Int64 = 0
    var change: Int64 = 0
    let row: Int64

    /// Three numbers of eight bytes.
    fileprivate static let length = 24

    fileprivate var bytes: [UInt8] { [updatedAt, change, row].flatMap(ListCursor.bytes(of:)) }

    fileprivate init(_ bytes: ArraySlice<UInt8>) {
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

/// The walk through a list, of which a request is one page. A position never changes and no row ever comes to stand before
/// one that was handed out: rows are numbered, and changes stamped, under the tenant's lock. So a walk by change meets
/// everything, and what changes under it once more; a walk by creation meets every row that was there when it began.
struct ListWalk {
    let request: PageRequest
    /// Behind which item the page begins; `nil` where it has a number.
    let position: ListPosition?
    private let epoch: Epoch?
    /// Tells the cursors of this list, narrowed to these filters, from all others.
    private let list: [UInt8]
    private let scope: TenantScope

    /// - Parameters:
    ///   - list: its name; `filters`: what it is narrowed to, each at a place of its own.
    /// - Throws: `ListCursor.Fault`.
    init(_ request: PageRequest, of list: StaticString, filters: [JSON], in scope: TenantScope) throws {
        self.request = request
        self.scope = scope
        self.list = JSON.array([.string("\(list)")] + filters).bytes
        if let cursor = request.cursor {
            let epoch = try scope.epoch()
            self.epoch = epoch
            position = try scope.position(of: cursor, in: self.list, epoch: epoch)
        } else {
            epoch = nil
            position = nil
        }
    }

    /// Whether an item was on an earlier page, or would have been.
    func hasMet(_ other: ListPosition, byChange: Bool) -> Bool {
        guard let position else { return false }
        return byChange
            ? (other.updatedAt, other.change) <= (position.updatedAt, position.change) : other.row >= position.row
    }

    /// Rows to ask for: one more than the page has, which tells whether there is another.
    var limit: Int { request.perPage + 1 }

    /// The page.
    /// - Parameters:
    ///   - found: from the page's first row on, `limit` at most.
    ///   - count: all rows of the list, asked for only where the page has a number.
    ///   - item: of a row; `nil` leaves it out.
    func page<Row, Item: Sendable>(
        _ found: [Row], position: (Row) -> ListPosition, count: () throws -> ListCount, item: (Row) throws -> Item?
    ) throws -> Page<Item> {
        let count = try epoch.map { ListCount(total: nil, epoch: $0) } ?? count()
        let items = try found.prefix(request.perPage).compactMap(item)
        var next = Page<Item>.Continuation.end
        if found.count > request.perPage {
            let last = position(found[request.perPage - 1])
            next = .after(try scope.cursor(at: last, in: list, epoch: count.epoch))
        }
        return Page(items: items, request: request, total: count.total, next: next)
    }
}

/// How many rows a list has, and the epoch in which they were counted.
struct ListCount {
    let total: Int?
    let epoch: Epoch
}

extension TenantScope {
    /// Counts the rows of a list; one statement, for one round trip.
    /// - Parameters:
    ///   - count: an expression.
    ///   - rows: the statement from `FROM` on. It has binds 2 and 3 whether or not it uses them.
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
    fileprivate func epoch() throws -> Epoch {
        let epoch = try db.row("SELECT epoch FROM incarnation WHERE id = 1", []) { Epoch(try $0.text(0)) } ?? nil
        guard let epoch else { throw StoreError.broken("the database has no epoch") }
        return epoch
    }

    // A cursor: its format, the tenant, the epoch, the number of the key, the position, and a proof of all this and of the
    // list with its filters, which it does not hold itself: they may say who a patient is, and cursors stand in URLs.

    fileprivate func cursor(at position: ListPosition, in list: [UInt8], epoch: Epoch) throws -> ListCursor {
        let head =
            cursorPrefix + ListCursor.bytes(of: Int64(bitPattern: epoch.number)) + ListCursor.bytes(of: key.number)
            + position.bytes
        guard let cursor = ListCursor(bytes: head + proof(of: head, in: list, by: key)) else {
            throw StoreError.broken("a cursor has another length")
        }
        return cursor
    }

    /// - Throws: `ListCursor.Fault`.
    fileprivate func position(of cursor: ListCursor, in list: [UInt8], epoch: Epoch) throws -> ListPosition {
        let head = cursor.bytes.dropLast(ListCursor.proofLength)
        var rest = head.dropFirst(cursorPrefix.count)
        func next(_ count: Int) -> ArraySlice<UInt8> {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        guard head.starts(with: cursorPrefix) else { throw ListCursor.Fault.foreign }
        let made = (epoch: UInt64(bitPattern: ListCursor.number(next(8))), key: ListCursor.number(next(8)))
        guard made.epoch == epoch.number else { throw ListCursor.Fault.expired }
        // While the data key is replaced, both are there; once it is, the former is gone, as it is after a wipe.
        guard let key = [key, previousKey].compactMap(\.self).first(where: { $0.number == made.key }) else {
            throw ListCursor.Fault.expired
        }
        let proof = proof(of: Array(head), in: list, by: key)
        // Compared in the same time wherever they differ.
        let difference = zip(proof, cursor.bytes.suffix(ListCursor.proofLength)).reduce(0) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { throw ListCursor.Fault.foreign }
        return ListPosition(next(ListPosition.length))
    }

    /// The format, and what tells the tenant from others.
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
    fileprivate static let proofLength = 16

    fileprivate static func bytes(of number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    fileprivate static func number(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }
}
