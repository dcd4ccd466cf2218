/// A page of items, and its place in the list.
package struct Page<Item: Sendable>: Sendable {
    package let items: [Item]
    package let request: PageRequest
    /// The number of items on all pages; `nil` for a page after a cursor, for which nothing is counted.
    package let total: Int?
    package let next: Continuation

    /// How the list continues after the page.
    package enum Continuation: Hashable, Sendable {
        /// By the number of the next page: the list has no cursors.
        case numbered
        /// The page is the last one.
        case end
        case after(ListCursor)
    }

    package init(items: [Item], request: PageRequest, total: Int?, next: Continuation = .numbered) {
        self.items = items
        self.request = request
        self.total = total
        self.next = next
    }

    /// The cursor after which the list continues; `nil` at the end, and for a list without cursors.
    package var nextCursor: ListCursor? {
        if case .after(let cursor) = next { cursor } else { nil }
    }

    package var totalPages: Int? { total.map { ($0 + request.perPage - 1) / request.perPage } }

    package func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        let next: Page<Other>.Continuation =
            switch next {
            case .numbered: .numbered
            case .end: .end
            case .after(let cursor): .after(cursor)
            }
        return Page<Other>(items: try items.map(transform), request: request, total: total, next: next)
    }
}
