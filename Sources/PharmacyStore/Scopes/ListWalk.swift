internal import PharmacyDomain

/// One page of a walk through a list.
///
/// Positions never change, and no row gets a position before one that was returned, because rows are numbered and changes are
/// stamped under the tenant's lock. So a walk by change returns everything, and again what changes during the walk. A walk by
/// creation returns every row that existed when it began.
struct ListWalk {
    let request: PageRequest
    /// The position after which the page begins; `nil` for a page by its number.
    let position: ListPosition?
    private let epoch: Epoch?
    /// Distinguishes the cursors of this list with these filters from all others.
    private let list: [UInt8]
    private let scope: TenantScope

    /// - Parameters:
    ///   - list: the name of the list.
    ///   - filters: the values of all its filters, in a fixed order.
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
    func hasPassed(_ other: ListPosition, byChange: Bool) -> Bool {
        guard let position else { return false }
        return byChange
            ? (other.updatedAt, other.change) <= (position.updatedAt, position.change) : other.row >= position.row
    }

    /// The number of rows to select: one more than the page has, which shows whether there is another page.
    var limit: Int { request.perPage + 1 }

    /// The page.
    /// - Parameters:
    ///   - found: the rows from the page's first one on, `limit` at the most.
    ///   - end: where the search for rows ended before the list did; `nil`: it did not.
    ///   - count: counts all rows of the list. It is called only for a page by its number.
    ///   - item: makes the item of a row; `nil` omits the row.
    func page<Row, Item: Sendable>(
        _ found: [Row], position: (Row) -> ListPosition, examinedUntil end: ListPosition? = nil,
        count: () throws -> ListCount, item: (Row) throws -> Item?
    ) throws -> Page<Item> {
        let count = try epoch.map { ListCount(total: nil, epoch: $0) } ?? count()
        let items = try found.prefix(request.perPage).compactMap(item)
        var next = Page<Item>.Continuation.end
        let last = found.count > request.perPage ? position(found[request.perPage - 1]) : end
        if let last {
            next = .after(try scope.cursor(at: last, in: list, epoch: count.epoch))
        }
        return Page(items: items, request: request, total: count.total, next: next)
    }
}
