/// An identifier that partners choose and search for exactly. Its text is part of the sealed document; a column holds a keyed
/// digest of it for the search.
enum PartnerIdentifier {
    /// A patient's `external_id`.
    case externalID
    /// An order's `order_id`.
    case reference
    /// An order's `customer_id`.
    case customerReference

    /// The digest's context: the same text of another kind has another digest.
    var kind: StaticString {
        switch self {
        case .externalID: "external-id"
        case .reference: "order-reference"
        case .customerReference: "customer-reference"
        }
    }

    var table: SQL { self == .externalID ? "patients" : "orders" }

    /// The column of the digest.
    var column: SQL {
        switch self {
        case .externalID: "external_id_digest"
        case .reference: "reference_digest"
        case .customerReference: "customer_reference_digest"
        }
    }

    /// The column in which earlier versions stored the text in clear.
    var clearColumn: SQL {
        switch self {
        case .externalID: "external_id_in_clear"
        case .reference: "reference_in_clear"
        case .customerReference: "customer_reference_in_clear"
        }
    }
}
