/// The media types that request bodies may have.
package enum BodyMediaType: String, Sendable {
    case json = "application/json"
    case form = "application/x-www-form-urlencoded"
}
