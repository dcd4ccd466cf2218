/// One page of a list, as the query asks for it.
package struct PageRequest: Hashable, Sendable {
    /// From 1.
    package let page: Int
    /// 1 to 100.
    package let perPage: Int

    package static let defaultPerPage = 15
    package static let maximumPerPage = 100
    /// Past this a page number is refused: no list is that long, and the row offset must not overflow.
    package static let maximumPage = 1_000_000_000

    package init(page: Int, perPage: Int) {
        self.page = page
        self.perPage = perPage
    }

    /// Rows before this page.
    package var offset: Int { (page - 1) * perPage }
}

/// A page of items and where it stands among all of them.
package struct Page<Item: Sendable>: Sendable {
    package let items: [Item]
    package let request: PageRequest
    /// Items on all pages.
    package let total: Int

    package init(items: [Item], request: PageRequest, total: Int) {
        self.items = items
        self.request = request
        self.total = total
    }

    package var totalPages: Int { (total + request.perPage - 1) / request.perPage }

    package func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), request: request, total: total)
    }
}
