/// One page of a list, as a query requests it.
package struct PageRequest: Hashable, Sendable {
    /// From 1; 1 for a page after a cursor.
    package let page: Int
    /// 1 to 100.
    package let perPage: Int
    /// The position after which the page begins; `nil` for a page by its number.
    package let cursor: ListCursor?

    package static let defaultPerPage = 15
    package static let maximumPerPage = 100
    /// Larger page numbers are refused: no list is that long, and the row offset must not overflow.
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

    /// The page after a cursor; without one, the first page.
    package init(afterIfAny cursor: ListCursor?, perPage: Int) {
        if let cursor {
            self.init(after: cursor, perPage: perPage)
        } else {
            self.init(page: 1, perPage: perPage)
        }
    }

    /// The number of rows before this page.
    package var offset: Int { (page - 1) * perPage }
}
