/// A pharmacy that orders can be routed to (guide, section 3).
package struct Pharmacy: Hashable, Sendable {
    package enum Status: String, Sendable {
        case active
        case inactive
    }

    package let id: PharmacyID
    package let name: String
    package let slug: String
    package let status: Status

    package init(id: PharmacyID, name: String, slug: String, status: Status) {
        self.id = id
        self.name = name
        self.slug = slug
        self.status = status
    }
}
