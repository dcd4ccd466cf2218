/// An identifier that partners choose and ask for exactly. What it says stands in the sealed document; beside it stands
/// a keyed digest, by which it is found.
enum PartnerIdentifier {
    /// A patient's `external_id`.
    case externalID
    /// An order's `order_id`.
    case reference
    /// An order's `customer_id`.
    case customerReference

    /// What the digest is of, so that the same text elsewhere has another.
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

    /// The column in which earlier versions kept the text itself.
    var clearColumn: SQL {
        switch self {
        case .externalID: "external_id_in_clear"
        case .reference: "reference_in_clear"
        case .customerReference: "customer_reference_in_clear"
        }
    }
}
