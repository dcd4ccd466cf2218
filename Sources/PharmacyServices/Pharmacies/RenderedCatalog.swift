internal import Crypto
internal import PharmacyDomain
internal import Synchronization

/// A catalog, with each of its items in the bytes that the API sends: rendered when they are first asked for, once for each fetch.
final class RenderedCatalog: Sendable {
    let catalog: Catalog
    /// The pharmacy as it was listed when the catalog was fetched.
    let pharmacy: Pharmacy
    /// When the fetch began, by a clock that is never set (`ServerClock.elapsed`): prices must not stay for as long as the wall
    /// clock was fast.
    let fetchedAt: Duration

    /// An item's bytes, and their SHA-256: the tag of a page is derived from those of its items.
    struct Item: Sendable {
        let representation: Representation
        let digest: [UInt8]

        init(_ representation: Representation) {
            self.representation = representation
            digest = Array(SHA256.hash(data: representation.bytes))
        }
    }

    private struct State {
        /// The generation of the keys that encoded the ids of the items.
        var generation: Int
        /// By position in the catalog; `nil`: not asked for yet.
        var items: [Item?]
    }

    private let state: Mutex<State>

    init(_ catalog: Catalog, of pharmacy: Pharmacy, fetchedAt: Duration) {
        self.catalog = catalog
        self.pharmacy = pharmacy
        self.fetchedAt = fetchedAt
        state = Mutex(State(generation: 0, items: catalog.medications.map { _ in nil }))
    }

    /// The items at some positions of the catalog.
    /// - Parameters:
    ///   - generation: of the keys with which `render` encodes ids. Items of another one are rendered again.
    ///   - render: renders the item at a position.
    func items(
        at positions: [Int], generation: Int, render: (Int) throws -> Representation
    ) rethrows -> [Item] {
        let known = state.withLock { state in
            if state.generation != generation {
                state = State(generation: generation, items: state.items.map { _ in nil })
            }
            return positions.map { state.items[$0] }
        }
        var items: [Item] = []
        items.reserveCapacity(positions.count)
        for (position, item) in zip(positions, known) { items.append(try item ?? Item(render(position))) }
        if known.contains(where: { $0 == nil }) {
            state.withLock { state in
                guard state.generation == generation else { return }
                for (position, item) in zip(positions, items) { state.items[position] = item }
            }
        }
        return items
    }
}
