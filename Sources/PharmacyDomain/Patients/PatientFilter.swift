/// What a list of patients is narrowed to; `nil` members narrow nothing.
package struct PatientFilter: Hashable, Sendable {
    /// Any part of the address, case-insensitively.
    package var email: String?
    package var externalID: String?
    /// With it the list runs by change, oldest first; without it by creation, newest first.
    package var updatedSince: Timestamp?

    package init() {}
}
