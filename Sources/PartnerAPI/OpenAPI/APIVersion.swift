/// The version of the API, as in the guide's release notes.
package enum APIVersion {
    package static let current = "1.1.0"
}
