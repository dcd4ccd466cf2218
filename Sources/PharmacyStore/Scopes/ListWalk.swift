internal import PharmacyDomain

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
