import PharmacyDomain

/// The member of a response that lists earlier records which a new one may repeat.
enum PossibleDuplicates {
    private static let name = "possible_duplicates"

    static func property(_ description: String) -> Schema.Property {
        .optional(name, .array(of: .uuid).described(description))
    }

    /// The member; none if there are no duplicates.
    static func members<Tag>(_ ids: [Identifier<Tag>]) -> [JSON.Member] {
        ids.isEmpty ? [] : [JSON.Member(name, .array(ids.map(\.json)))]
    }
}
