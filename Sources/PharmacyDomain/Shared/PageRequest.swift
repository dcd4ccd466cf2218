/// One page of a list, as the query asks for it.
package struct PageRequest: Hashable, Sendable {
    /// From 1; 1 where a cursor says where the page begins.
    package let page: Int
    /// 1 to 100.
    package let perPage: Int
    /// The place behind which the page begins; `nil` for a page by its number.
    package let cursor: ListCursor?

    package static let defaultPerPage = 15
    package static let maximumPerPage = 100
    /// Past this a page number is refused: no list is that long, and the row offset must not overflow.
    package static let maximumPage = 1_000_000_000

    package init(page: Int, perPage: Int) {
        self.page = page
        self.perPage = perPage
        cursor = nil
    }

    package init(after cursor: ListCursor, perPage: Int) {
        page = 1
        self.perPage = perPage
        self.cursor = cursor
    }

    /// Rows before this page.
    package var offset: Int { (page - 1) * perPage }
}

/// A page of items and where it stands among all of them.
package struct Page<Item: Sendable>: Sendable {
    package let items: [Item]
    package let request: PageRequest
    /// Items on all pages; `nil` on a page behind a cursor, for which nothing is counted.
    package let total: Int?
    package let next: Continuation

    /// How the list goes on after the page.
    package enum Continuation: Hashable, Sendable {
        /// The list has no cursors: by the number of the next page.
        case numbered
        /// There is nothing behind the page.
        case end
        case after(ListCursor)
    }

    package init(items: [Item], request: PageRequest, total: Int?, next: Continuation = .numbered) {
        self.items = items
        self.request = request
        self.total = total
        self.next = next
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
