/// What a list of patients is narrowed to; `nil` members narrow nothing.
package struct PatientFilter: Hashable, Sendable {
    /// Any part of the address, case-insensitively.
    package var email: String?
    package var externalID: String?
    /// With it the list runs by change, oldest first; without it by creation, newest first.
    package var updatedSince: Timestamp?
    /// Whether deleted patients are listed among the changes. Nothing of them is left that `email` or `externalID` could
    /// match.
    package var includesDeleted = false

    package var runsByChange: Bool { updatedSince != nil }
    /// Only a list that runs by change has deleted patients.
    package var listsDeleted: Bool { includesDeleted && runsByChange }

    package init() {}
}
